"""Alarms, judged on the device: a threshold with hysteresis and dwell, that fails safe.

A value beyond the limit raises, also one that is out of range, stuck or implausible: a flag never
suppresses. Without a usable reading for ``blind_ms`` the alarm is blind, raised or not. What was
raised clears only on good readings that are safe, also after a restart.
"""

import binascii

from agent.frame import BLIND, CLEARED, PENDING, RAISED
from agent.reading import GOOD, IMPLAUSIBLE, NO_REPLY, OUT_OF_RANGE, STUCK, WARM_UP

BLIND_MIN = 10000
BLIND_INTERVALS = 3


class Alarm:
    """One threshold on one channel. rule: agent.settings.AlarmRule; channel: agent.reading.Channel;
    warm_up_ms: how long its device may be warming up before that is a failure."""

    def __init__(self, device, channel, rule, every_ms, warm_up_ms=0):
        self.device = device
        self.channel = channel
        self.rule = rule
        self.blind_ms = rule.blind_ms or max(BLIND_MIN, BLIND_INTERVALS * every_ms)
        self.warm_up_ms = warm_up_ms
        self.state = CLEARED
        self.raised = False  # also while it is blind
        self.reset_by = None  # who has come since it was raised, where the rule latches
        self.seen = False  # whether it was ever judged by a usable reading
        self.since = 0
        self._usable_at = None
        self._safe_at = None
        self._warming = False

    def key(self) -> int:
        """What names this alarm in the persistent state: 32 bits."""
        name = "%s/%s/%d" % (self.device, self.channel.name, self.rule.direction)
        return binascii.crc32(name.encode())

    def judge(self, reading, now):
        """Judge one reading; returns the state it changed to, or None."""
        rule, quality = self.rule, reading.quality
        beyond = reading.value is not None and (reading.value - rule.limit) * rule.direction > 0
        self._warming = quality == WARM_UP
        if quality != GOOD and not (beyond and quality in (OUT_OF_RANGE, STUCK, IMPLAUSIBLE)):
            self._safe_at = None
            return self.tick(now)
        if quality != STUCK:
            self._usable_at = now
            self.seen = True
        elif self.raised:
            return self.tick(now)  # it goes blind, and stays so
        if self.raised:
            return self._judge_raised(reading.value, now)
        if not beyond:
            return None if self.state == CLEARED else self._turn(CLEARED, now)
        # What is stuck has lasted: it was the same for longer than any dwell.
        dwell = 0 if quality == STUCK else rule.for_ms
        if self.state != PENDING and dwell:
            return self._turn(PENDING, now)
        if self.state != PENDING or now - self.since >= dwell:
            self.raised = True
            self.reset_by = None
            return self._turn(RAISED, now)
        return None

    def _judge_raised(self, value, now):
        """It clears once the value was safe for ``clear_ms`` without a break; where the rule
        latches, only after somebody came (agent.maintenance), or ordered it (agent.reset)."""
        if (value - self.rule.clear) * self.rule.direction > 0:
            self._safe_at = None
        else:
            if self._safe_at is None:
                self._safe_at = now
            latched = self.rule.latch and self.reset_by is None
            if self.is_safe(now) and not latched:
                self.raised = False
                self._safe_at = None
                return self._turn(CLEARED, now)
        return self._turn(RAISED, now) if self.state == BLIND else None

    def is_safe(self, now) -> bool:
        """Whether nothing but its latch holds it: good readings said so for ``clear_ms``."""
        return self._safe_at is not None and now - self._safe_at >= self.rule.clear_ms

    def tick(self, now):
        """Time passed without a usable reading; returns BLIND when it turns blind, or None."""
        if self._usable_at is None:
            self._usable_at = now
        patience = self.blind_ms + (self.warm_up_ms if self._warming else 0)
        if self.state != BLIND and now - self._usable_at >= patience:
            return self._turn(BLIND, now)
        return None

    def restore(self, state, raised, now):
        """Take up the state after a restart: what was raised stays so until proven safe."""
        self.state = state
        self.raised = bool(raised)
        self.since = now

    def _turn(self, state, now):
        self.state = state
        self.since = now
        return state


def alarm_body(alarm, state, told, reading, settings):
    """The body of an alarm frame (docs/wire-format.md): an alarm changed to state, and is told as
    told. reading: what it was judged by, or None; settings: their hash."""
    beneath = RAISED if alarm.raised else state
    body = {
        1: alarm.device,
        2: alarm.channel.name,
        3: told,
        4: None if reading is None else reading.value,
        5: alarm.channel.exponent,
        6: alarm.channel.unit,
        7: NO_REPLY if reading is None else reading.quality,
        8: [alarm.rule.direction, alarm.rule.limit],
        9: settings,
    }
    if beneath != told:
        body[10] = beneath
    if state == CLEARED and alarm.rule.latch and alarm.reset_by is not None:
        body[11] = alarm.reset_by
    return body

"""A drill: for a while the alarms of one channel are told as tests, so that a technician can prove
the whole way with a real stimulus: water, gas, an open cover.

Everything else is as ever: the alarm is judged, sealed, kept, sent and acknowledged on the same
path, and switches what it switches. Only the alarms of that channel are marked, inside the signed
bytes, and only while the drill is on: it ends when the alarm has cleared and was acknowledged, when
somebody ends it, when its time is over, or with a restart. What is active then is told again,
unmarked. Being blind is never marked. Loaded only while one is on.
"""

from agent import frame
from agent.reading import ALARM

LONGEST = 3600 * 1000
MAX_TEXT = 48

# Why none begins.
UNKNOWN = "no such alarm"
ACTIVE = "the alarm is active already"
BUSY = "another drill is on"

# How one ends.
PASSED = "passed"
EXPIRED = "expired"
ENDED = "ended"


class Drill:
    """The alarms of one channel, until an instant. raised, sealed, acknowledged: the ms that passed
    from the first reading beyond the limit, or None while it has not come so far."""

    def __init__(self, device, channel, until, who):
        self.device = device
        self.channel = channel
        self.until = until
        self.who = who
        self.beyond_at = None  # the first reading beyond the limit
        self.raised = None
        self.sealed = None
        self.acknowledged = None
        self._rules = []
        self._seq = 0  # of the alarm's frame
        self._cleared = False

    def takes(self, alarm):
        """Whether it is one of the alarms of this drill."""
        return alarm.device == self.device and alarm.channel.name == self.channel

    def marks(self, alarm, state):
        """Whether an alarm's change to state is to be told as a test."""
        return state != frame.BLIND and self.takes(alarm)

    def judge(self, agent, device, readings, now):
        """See the first reading beyond the limit."""
        if device != self.device or self.beyond_at is not None:
            return
        for reading in readings:
            if reading.name != self.channel or reading.value is None:
                continue
            for rule in self._rules:
                if (reading.value - rule.limit) * rule.direction > 0:
                    self.beyond_at = now

    def told(self, agent, alarm, state, now):
        """A marked change was handed over to be sealed."""
        if state == frame.RAISED and self.raised is None:
            if self.beyond_at is None:
                self.beyond_at = now
            self.raised = now - self.beyond_at
            self._seq = agent.store.alarm_seq
            alarm.reset_by = self.who  # one that latches may clear: somebody is there
        self._cleared = state == frame.CLEARED

    def check(self, agent, now):
        """See how far the alarm came; end the drill when it is over. Returns when to look again at
        the latest."""
        journal = agent.ports.journal
        if self.raised is not None:
            if self.sealed is None and journal.durable(ALARM) >= self._seq:
                self.sealed = now - self.beyond_at
            if self.acknowledged is None and journal.released(ALARM) >= self._seq:
                self.acknowledged = now - self.beyond_at
        if self.acknowledged is not None and self._cleared:
            end(agent, now, PASSED)
        elif now >= self.until:
            end(agent, now, EXPIRED)
        else:
            return self.until
        return now  # what ended is to be sealed

    def result(self):
        """[ms to the alarm, to the journal, to the platform's acknowledgement], each or None."""
        return [self.raised, self.sealed, self.acknowledged]


def begin(agent, now, device, channel, for_ms, who):
    """A drill from now on for for_ms, at most LONGEST. Returns "", or why there is none."""
    drill = Drill(device, channel, now + min(for_ms, LONGEST), who[:MAX_TEXT])
    alarms = [alarm for alarm in agent.alarms if drill.takes(alarm)]
    if not alarms:
        return UNKNOWN
    if agent.drill is not None:
        return BUSY
    for alarm in alarms:
        if alarm.state != frame.CLEARED:
            return ACTIVE
        drill._rules.append(alarm.rule)
    agent.drill = drill
    agent.watchers.append(drill)
    _tell(agent, drill, now, 1, "")
    return ""


def end(agent, now, why):
    """No alarm is marked any more; one that is active is told as what it is. Nothing happens where
    no drill is on. Returns the drill that was."""
    drill = agent.drill
    if drill is None:
        return None
    agent.drill = None
    agent.watchers.remove(drill)
    outcome = PASSED if drill.acknowledged is not None else why
    _tell(agent, drill, now, 0, outcome)
    agent.drilled[(drill.device, drill.channel)] = (outcome, drill.result(), drill.who, now)
    for alarm in agent.alarms:
        if drill.takes(alarm) and alarm.state != frame.CLEARED:
            agent.transition(alarm, alarm.state, None, now)
    return drill


def _tell(agent, drill, now, on, outcome):
    agent.log("drill", "%s/%s %s" % (drill.device, drill.channel, outcome or "begins"))
    body = {
        1: on,
        2: drill.who,
        3: drill.device,
        4: drill.channel,
        5: max(0, drill.until - now) if on else 0,
    }
    if not on:
        body[6] = outcome
        body[7] = drill.result()
    agent.tell(frame.DRILL, body, now)

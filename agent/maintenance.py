"""Maintenance: for a while alarms are muted, and told as such; everything is recorded as ever.

Loaded only while it is on, or where settings name its switch. Its begin and its end are frames of
the alarm lane. It ends by itself. Time without power does not count, but every restart takes a
minute from it: no resets make it endless.
"""

from agent import frame

LONGEST = 24 * 3600 * 1000
RESTART_COST = 60000
KEEP_EVERY = 60000
MAX_TEXT = 48
SWITCH = "switch"


class Maintenance:
    """From now on for left_ms. who and why: texts of at most MAX_TEXT letters."""

    def __init__(self, now, left_ms, who, why):
        self.who = who
        self.why = why
        self.until = now + left_ms
        self._keep_at = now

    def check(self, agent, now):
        """End it when its time is over; keep what is left of it, now and then."""
        if now >= self.until:
            end(agent, now, "expired")
        elif now >= self._keep_at:
            self._keep_at = now + KEEP_EVERY
            agent.latch(now)

    def kept(self, now):
        """What survives a restart."""
        return [self.until - now, self.who, self.why]


def begin(agent, now, for_ms, who, why):
    """Maintenance from now on for for_ms, at most LONGEST, instead of one that may be on."""
    agent.maintenance = Maintenance(now, min(for_ms, LONGEST), who[:MAX_TEXT], why[:MAX_TEXT])
    _came(agent)
    _tell(agent, now, 1, agent.maintenance.why)


def end(agent, now, why):
    """Alarms are told again. Nothing happens where no maintenance is on."""
    if agent.maintenance is not None:
        _tell(agent, now, 0, why[:MAX_TEXT])


def _tell(agent, now, on, why):
    maintenance = agent.maintenance
    agent.log("maintenance", "%s: %s, %s" % ("begins" if on else "ends", maintenance.who, why))
    body = {1: on, 2: maintenance.who, 3: why, 4: max(0, maintenance.until - now)}
    agent.tell(frame.MAINTENANCE, body, now)
    if not on:
        agent.maintenance = None
    for alarm in agent.alarms:
        if alarm.state != frame.CLEARED:
            agent.transition(alarm, alarm.state, None, now)
    agent.latch(now)


def restore(agent, kept, now):
    """Go on with what was on before the restart; kept: as Maintenance.kept gave it."""
    agent.maintenance = Maintenance(now, kept[0] - RESTART_COST, kept[1], kept[2])
    _came(agent)


def _came(agent):
    """Somebody is there: alarms that latch may clear, once it is safe."""
    for alarm in agent.alarms:
        alarm.reset_by = agent.maintenance.who


class Switch:
    """A key switch on a digital input: maintenance from its turn to 1 to its turn to 0, for
    longest_ms at most. One that is 1 when the agent starts was not turned."""

    def __init__(self, device, channel, longest_ms):
        self.device = device
        self.channel = channel
        self.longest_ms = longest_ms
        self._was = None

    def judge(self, agent, device, readings, now):
        """Look at the readings of a device. A switch that cannot be read changes nothing."""
        if device != self.device:
            return
        for reading in readings:
            if reading.name != self.channel or reading.quality or reading.value == self._was:
                continue
            if reading.value and self._was is not None:
                begin(agent, now, self.longest_ms, SWITCH, "%s/%s" % (device, self.channel))
            elif not reading.value and agent.maintenance and agent.maintenance.who == SWITCH:
                end(agent, now, "switched back")
            self._was = reading.value

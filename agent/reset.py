"""An order that resets a latched alarm, where nobody can come. Loaded with the first one.

It is taken only while the alarm reads good, and was safe for as long as its rule asks: the latch
alone holds it. The next reading clears it, and the frame that tells so names who ordered it; a
reading that is anything but good and safe withdraws the order, and somebody has to look again.
"""

# Why there is none.
NOTHING = "no alarm of it is latched"
NOT_GOOD = "the reading is not good"


class Reset:
    """A watcher of agent.agent, until the next reading of a channel. alarms: those that it was
    ordered for."""

    def __init__(self, device, channel, alarms):
        self.device = device
        self.channel = channel
        self.alarms = alarms

    def judge(self, agent, device, readings, now):
        """The alarms were judged by these readings: what did not clear stays latched."""
        if device != self.device:
            return
        for reading in readings:
            if reading.name == self.channel:
                agent.watchers = [one for one in agent.watchers if one is not self]
                for alarm in self.alarms:
                    if alarm.raised:
                        alarm.reset_by = None


def begin(agent, now, device, channel, by):
    """Reset what is latched on a channel, with its next reading. Returns "", or why not."""
    alarms = [
        alarm
        for alarm in agent.alarms
        if alarm.device == device and alarm.channel.name == channel
        and alarm.raised and alarm.rule.latch
    ]  # fmt: skip
    if not alarms:
        return NOTHING
    for alarm in alarms:
        if not alarm.is_safe(now):
            return NOT_GOOD
    for alarm in alarms:
        alarm.reset_by = by
    agent.watchers.append(Reset(device, channel, alarms))
    return ""

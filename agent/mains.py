"""The last gasp: when the mains goes, what is open is sealed while a buffer feeds the board.

The alarm itself is one as any, on the digital input that watches the supply, and its device is read
first; so it is sealed, kept and sent before all else. Loaded only where settings name the input.
"""


class Mains:
    """Watches a channel of a device: 1 while the mains is there."""

    def __init__(self, device, channel):
        self.device = device
        self.channel = channel
        self._was = None

    def judge(self, agent, device, readings, now):
        """Look at the readings of a device. An input that cannot be read changes nothing: its alarm
        goes blind."""
        if device != self.device:
            return
        for reading in readings:
            if reading.name != self.channel or reading.quality or reading.value == self._was:
                continue
            if not reading.value:
                agent.log("power", "the mains is gone")
                self._seal(agent, now)
            self._was = reading.value

    def _seal(self, agent, now):
        """First the alarm, which is owed already; then the rows that wait for their time."""
        store = agent.store
        store.step(now, agent.sampling)
        for group in agent.groups:
            if len(group.rows):
                store.put(now, store.sealer.rows, group.rows)
        agent.ports.journal.flush()

"""Report by exception: which rows of a group are worth keeping. Loaded only where settings name it.

Every slot is read and judged as ever. A row is kept when a value moved by more than its deadband
since the last row that was kept, when a quality changed, or when the heartbeat is due. A kept row
holds what was measured in its own slot, never an older value; the age of the last look goes with
the holdings (docs/wire-format.md).
"""


class Exceptions:
    """For one group: bands are the deadbands of its columns, in their scaled integers."""

    def __init__(self, bands, heartbeat_ms):
        self.bands = bands
        self.heartbeat_ms = heartbeat_ms
        self.looked_at = None  # the last slot that was judged
        self._kept_at = None
        self._values = self._qualities = ()

    def keep(self, slot, values, qualities) -> bool:
        """Whether the row of a slot is to be kept."""
        self.looked_at = slot
        if (
            self._kept_at is None
            or slot - self._kept_at >= self.heartbeat_ms
            or qualities != self._qualities
            or self._moved(values)
        ):
            self._kept_at = slot
            self._values = values
            self._qualities = qualities
            return True
        return False

    def _moved(self, values):
        for column in range(len(values)):
            value, before = values[column], self._values[column]
            if value is not None and abs(value - before) > self.bands[column]:
                return True
        return False


def attach(groups, parts):
    """Give every group that reports by exception its Exceptions; returns those groups. parts:
    agent.settings.DeviceSettings by device name."""
    found = [group for group in groups if group.heartbeat_ms]
    for group in found:
        bands = []
        for _, device in group.members:
            given = dict(parts[device.name].deadbands)
            bands.extend([given.get(channel.name, 0) for channel in device.channels])
        group.exceptions = Exceptions(bands, group.heartbeat_ms)
    return found

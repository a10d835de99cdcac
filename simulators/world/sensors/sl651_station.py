"""The twin of agent.drivers.sl651_station: a timed report every five minutes."""

from agent.protocols import sl651
from simulators.world.sensors.twin import UploadTwin

HEAD = bytes.fromhex("05001122334403e832")
OBSERVED = bytes.fromhex("0034260620110016f1f1001122334448f0f02606201100")
# Channel, identifier and descriptor, bytes.
LAYOUT = (
    ("rain", b"\x20\x19", 3),
    ("rain_total", b"\x26\x19", 3),
    ("level", b"\x39\x23", 4),
    ("battery", b"\x38\x12", 2),
)


class Twin(UploadTwin):
    """signals: level (mm), rain and rain_total (0.1 mm), battery (0.01 V)."""

    period_ms = 300000

    def frame(self, now_ms):
        body = OBSERVED
        for channel, start, size in LAYOUT:
            value = self.measured(channel, now_ms)
            body += start + bytes.fromhex("%0*d" % (2 * size, value))
        return sl651.seal(HEAD, body)

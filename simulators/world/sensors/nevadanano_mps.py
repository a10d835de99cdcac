"""The twin of agent.drivers.nevadanano_mps: idle after power-on, until it is told to measure."""

from agent.drivers.nevadanano_mps import packed
from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.twin import Twin as _Twin

# As they are published.
ANSWER = bytes.fromhex("010000000000ed76")
MEASURE = bytes.fromhex("610001000000579302")
CYCLE_MS = 2000
METHANE = 3


class Twin(_Twin):
    """signals: lel (0.1 %), temperature (0.1 °C), humidity (0.1 %RH). measuring: as if started
    long before; status: what it says of itself."""

    turnaround_ms = 20

    def __init__(self, signals, log, measuring=True):
        super().__init__(signals, log)
        self.begun = -1000 * CYCLE_MS if measuring else None
        self.status = 0

    def answer(self, heard, now_ms):
        if heard.find(MEASURE) >= 0:
            heard[:] = b""
            self.begun = now_ms
            return packed(b"\x61\x00\x00\x00", b"")
        if heard.find(ANSWER) < 0:
            return b""
        heard[:] = b""
        cycle = 0 if self.begun is None else 1 + (now_ms - self.begun) // CYCLE_MS
        lel, warm, damp = [
            self.measured(name, now_ms) for name in ("lel", "temperature", "humidity")
        ]
        gas = METHANE if lel > 50 else 0
        words = [
            cycle,
            single(lel, -1),
            gas,
            single(warm, -1),
            single(1013, -1),
            single(damp, -1),
            0,
        ]
        data = b"".join([word.to_bytes(4, "little") for word in words])
        return packed(bytes((1, self.status, len(data), 0)), data)

"""The twin of agent.drivers.sensirion_sps30: idle until it is told to measure."""

from agent.protocols import shdlc
from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.twin import Twin as _Twin

READ = shdlc.request(0, 3)
START = shdlc.request(0, 0, b"\x01\x03")


class Twin(_Twin):
    """signals: pm1, pm25, pm4, pm10 (0.01 µg/m³), size (nm). measuring: as if started before."""

    turnaround_ms = 20

    def __init__(self, signals, log, measuring=True):
        super().__init__(signals, log)
        self.measuring = measuring

    def answer(self, heard, now_ms):
        if heard.find(START) >= 0:
            heard[:] = b""
            self.measuring = True
            return shdlc.pack(b"\x00\x00\x00\x00")
        if heard.find(READ) < 0:
            return b""
        heard[:] = b""
        if not self.measuring:
            return shdlc.pack(b"\x00\x03\x43\x00")
        dust = [self.measured(channel, now_ms) for channel in ("pm1", "pm25", "pm4", "pm10")]
        values = [single(value, -2) for value in dust] + [0] * 5
        values.append(single(self.measured("size", now_ms), -3))
        return shdlc.pack(b"\x00\x03\x00\x28" + b"".join([v.to_bytes(4, "big") for v in values]))

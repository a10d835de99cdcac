"""The twin of agent.drivers.cjt188_meter, a water meter."""

from agent.drivers.cjt188_meter import CUBIC_METRES, VOLUME
from agent.protocols import cjt188
from simulators.world.sensors.twin import Twin as _Twin

MONTH_AND_TIME = bytes.fromhex("000000002c31012211051520")


class Twin(_Twin):
    """signals: volume (0.01 m³), status. number: the meter's."""

    turnaround_ms = 80

    def __init__(self, number, signals, log):
        super().__init__(signals, log)
        self.meter = cjt188.address(number)

    def answer(self, heard, now_ms):
        for meter in (self.meter, cjt188.ANYONE):
            if heard.find(cjt188.frame(cjt188.WATER, meter, cjt188.READ, VOLUME)) >= 0:
                heard[:] = b""
                return self._reply(now_ms)
        return b""

    def _reply(self, now_ms):
        volume = bytes(reversed(bytes.fromhex("%08d" % self.measured("volume", now_ms))))
        status = self.measured("status", now_ms)
        data = VOLUME + volume + bytes((CUBIC_METRES,)) + MONTH_AND_TIME
        data += bytes((status & 0xFF, status >> 8))
        return cjt188.LEAD_IN + cjt188.frame(cjt188.WATER, self.meter, cjt188.READ | 0x80, data)

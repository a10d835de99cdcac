"""The twin of agent.drivers.hj212_air: a packet of real-time data every 30 seconds."""

from agent.drivers.hj212_air import FACTORS, Device
from agent.protocols import hj212
from simulators.world.sensors.twin import GARBAGE, SILENT
from simulators.world.sensors.twin import Twin as _Twin

PERIOD_MS = 30000
HEAD = "QN=20260101000000000;ST=22;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&"


class Twin(_Twin):
    """signals: those of the driver's channels."""

    def __init__(self, signals, log):
        super().__init__(signals, log)
        self.due = 0

    def answer(self, heard, now_ms):
        heard[:] = b""
        return b""

    def tick(self, now_ms):
        if now_ms < self.due or self.fault == SILENT:
            return b""
        self.due = now_ms - now_ms % PERIOD_MS + PERIOD_MS
        items = ["DataTime=20260101000000"]
        for index, (factor, exponent) in enumerate(FACTORS):
            value = self.measured(Device.channels[index].name, now_ms)
            sign, unit = "-" if value < 0 else "", 10**-exponent
            text = "%s%d.%0*d" % (sign, abs(value) // unit, max(1, -exponent), abs(value) % unit)
            items.append("%s-Rtd=%s,%s-Flag=N" % (factor, text, factor))
        packet = hj212.packet((HEAD + ";".join(items) + "&&").encode())
        return bytes([byte ^ 0x5A for byte in packet]) if self.fault == GARBAGE else packet

"""The twin of agent.drivers.hj212_air: a packet of real-time data every 30 seconds."""

from agent.drivers.hj212_air import FACTORS, Device
from agent.protocols import hj212
from simulators.world.sensors.twin import UploadTwin

HEAD = "QN=20260101000000000;ST=22;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&"


class Twin(UploadTwin):
    """signals: those of the driver's channels."""

    period_ms = 30000

    def frame(self, now_ms):
        items = ["DataTime=20260101000000"]
        for index, (factor, exponent) in enumerate(FACTORS):
            value = self.measured(Device.channels[index].name, now_ms)
            sign, unit = "-" if value < 0 else "", 10**-exponent
            text = "%s%d.%0*d" % (sign, abs(value) // unit, max(1, -exponent), abs(value) % unit)
            items.append("%s-Rtd=%s,%s-Flag=N" % (factor, text, factor))
        return hj212.packet((HEAD + ";".join(items) + "&&").encode())

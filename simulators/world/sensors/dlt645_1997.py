"""The twin of agent.drivers.dlt645_1997."""

from agent.drivers.dlt645_1997 import ENERGY, READ
from agent.protocols import dlt645
from simulators.world.sensors.twin import Twin as _Twin


class Twin(_Twin):
    """signals: energy (0.01 kWh). number: the meter's."""

    turnaround_ms = 50

    def __init__(self, number, signals, log):
        super().__init__(signals, log)
        self.meter = dlt645.address(number)

    def answer(self, heard, now_ms):
        asked = dlt645.frame(self.meter, READ, ENERGY)
        at = heard.find(asked)
        if at < 0:
            return b""
        heard[:] = b""
        value = dlt645.address(self.measured("energy", now_ms))[:4]
        return dlt645.LEAD_IN + dlt645.frame(self.meter, READ | 0x80, ENERGY + value)

"""The twin of agent.drivers.cwt_soil, made from its table."""

from agent.drivers.cwt_soil import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: moisture (0.1 %), temperature (0.1 °C), conductivity (µS/cm)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)

"""The twin of agent.drivers.acrel_dtsd1352 without transformers, made from its table."""

from agent.drivers.acrel_dtsd1352 import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: energy (0.01 kWh)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)

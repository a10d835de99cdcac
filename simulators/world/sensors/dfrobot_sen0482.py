"""The twin of agent.drivers.dfrobot_sen0482, made from its table."""

from agent.drivers.dfrobot_sen0482 import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: wind_direction (0.1 degrees)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)

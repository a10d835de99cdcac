"""The twin of agent.drivers.dfrobot_sen0483, made from its table."""

from agent.drivers.dfrobot_sen0483 import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: wind_speed (0.1 m/s)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)

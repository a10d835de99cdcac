"""The twin of agent.drivers.dfrobot_sen0662, made from its table."""

from agent.drivers.dfrobot_sen0662 import Device
from simulators.world.sensors.table import TableTwin


class Twin(TableTwin):
    """signals: status, pm1 (0.1 µg/m³)."""

    def __init__(self, unit, signals, log):
        super().__init__(Device, unit, signals, log)

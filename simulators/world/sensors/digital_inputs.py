"""The twin of agent.drivers.digital_inputs: four contacts, active when on."""

from agent.protocols import modbus
from simulators.world.sensors.twin import REFUSES, ModbusTwin


class Twin(ModbusTwin):
    """signals: the driver's channels in the order of the inputs, 0 or 1; names gives that order."""

    def __init__(self, unit, signals, log, names=("contact1",)):
        super().__init__(unit, signals, log)
        self.names = names

    def _reply(self, pdu, now_ms):
        function, first, count = pdu[0], pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]
        if self.fault == REFUSES:
            return bytes((function | 0x80, 4))
        if function not in (modbus.READ_COILS, modbus.READ_DISCRETE):
            return bytes((function | 0x80, 1))
        if first or count != 4:
            return bytes((function | 0x80, 2))
        state = 0
        for place in range(len(self.names)):
            state |= self.measured(self.names[place], now_ms) << place
        return bytes((function, 1, state))

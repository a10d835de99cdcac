"""The twin of agent.drivers.relay_board. A relay may be welded: it echoes, and does not move."""

from agent.protocols import modbus
from simulators.world.sensors.twin import REFUSES, ModbusTwin


class Twin(ModbusTwin):
    """signals: relay1, relay2 ... (0 or 1). welded: names of relays that no longer move."""

    def __init__(self, unit, signals, log, welded=()):
        super().__init__(unit, signals, log)
        self.welded = welded

    def _reply(self, pdu, now_ms):
        function = pdu[0]
        at, value = pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]
        if self.fault == REFUSES:
            return bytes((function | 0x80, 4))
        if function == modbus.WRITE_COIL and at < len(self.signals) and value in (0, 0xFF00):
            name = "relay%d" % (at + 1)
            if name not in self.welded:
                self.signals[name].jump(int(value != 0))
            return pdu
        if function == modbus.READ_COILS and at == 0 and value <= len(self.signals):
            data = bytearray((value + 7) // 8)
            for index in range(value):
                data[index // 8] |= self.measured("relay%d" % (index + 1), now_ms) << index % 8
            return bytes((function, len(data))) + bytes(data)
        return bytes((function | 0x80, 2))

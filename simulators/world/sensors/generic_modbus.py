"""The twin of agent.drivers.generic_modbus: registers that hold what they are told to."""

from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: one each field, raw as its registers hold it. places: {name: (function, register,
    registers)}; the high word first. Registers between them are refused, as is another function."""

    def __init__(self, unit, signals, log, places):
        super().__init__(unit, signals, log)
        self.places = places
        self.function = 3

    def _reply(self, pdu, now_ms):
        self.function = pdu[0]
        return super()._reply(pdu, now_ms)

    def words(self, at, count, now_ms):
        words = {}
        for name, (function, start, size) in sorted(self.places.items()):
            if function == self.function and at <= start and start + size <= at + count:
                value = self.measured(name, now_ms)
                for index in range(size):
                    words[start + index] = value >> 16 * (size - 1 - index) & 0xFFFF
        if [1 for index in range(count) if at + index not in words]:
            return None
        return [words[at + index] for index in range(count)]

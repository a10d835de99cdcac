"""The twin of agent.drivers.sensecap_one, with every channel of the S1000."""

from agent.drivers.sensecap_one import S1000
from simulators.world.sensors.twin import ModbusTwin


class Twin(ModbusTwin):
    """signals: any of the driver's channels, in its exponents; the others answer zero."""

    def words(self, at, count, now_ms):
        words = [0] * count
        for field in S1000:
            place = field.at - at
            if 0 <= place < count - 1 and field.channel.name in self.signals:
                value = self.measured(field.channel.name, now_ms)
                value *= 10 ** (field.channel.exponent - field.scale)
                words[place], words[place + 1] = value >> 16, value & 0xFFFF
        return words

"""A twin made from a driver's table: it encodes what the fields say, on a path of its own."""

from agent.drivers.driver import rescale
from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.twin import ModbusTwin


def encode(field, value):
    """The registers (a list of 16-bit words) that mean value, in the exponent of the channel."""
    if field.scale is not None:
        value = rescale(value, field.channel.exponent, field.scale)
    return registers(field, value)


def registers(field, raw):
    """The registers that hold a raw integer, as ``field.decode`` gives it; that of a float is in
    the exponent of the channel."""
    if field.mask:
        return [raw << field.shift & field.mask]
    if field.kind == "float":
        raw = single(raw, field.channel.exponent)
    if field.words == 1:
        return [raw & 0xFFFF]
    words = [raw >> 16 & 0xFFFF, raw & 0xFFFF]
    return [words[1], words[0]] if field.low_first else words


class TableTwin(ModbusTwin):
    """signals: channel name to Signal in the channel's exponent, one for each field of the driver
    class. Registers between its fields read as 0; those outside of them are refused."""

    def __init__(self, driver_class, unit, signals, log):
        super().__init__(unit, signals, log)
        self.fields = driver_class.fields
        self.start = min([field.at for field in self.fields])
        self.end = max([field.at + field.words for field in self.fields])

    def words(self, at, count, now_ms):
        if at < self.start or at + count > self.end:
            return None
        words = [0] * count
        for field in self.fields:
            if field.at < at or field.at + field.words > at + count:
                continue
            value = self.measured(field.channel.name, now_ms)
            for index, word in enumerate(encode(field, value)):
                words[field.at - at + index] |= word
        return words

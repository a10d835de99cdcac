"""Any Modbus sensor, described in the settings: a table of fields, and no code. Unproven.

Source: the settings, which say what the sensor's manual does. A field compiled from them is a list:
[name, register, type, order, function, factor, scale, unit, exponent, offset, low, high, and any
sentinels]: value = raw * factor * 10**scale + offset, in 10**exponent of the unit. Registers are
zero-based. agent.linux.toml_fields checks and compiles what people write.
"""

from agent.drivers.driver import Driver, Option, address, fault, reading
from agent.drivers.field import Field
from agent.drivers.modbus import HOLDING, INPUT, ModbusDevice
from agent.reading import Channel

# Type to (registers, whether it has a sign).
TYPES = {
    "uint16": (1, False),
    "int16": (1, True),
    "uint32": (2, False),
    "int32": (2, True),
    "float32": (2, False),
}
# Order of bytes, as the value's bytes A to D come, to (low word first, low byte first).
ORDERS = {
    "AB": (False, False),
    "BA": (False, True),
    "ABCD": (False, False),
    "CDAB": (True, False),
    "BADC": (False, True),
    "DCBA": (True, True),
}


def decoder(type, order, exponent):
    """What turns the registers from a place into the raw integer; that of a float is in
    10**exponent, or None."""
    size, signed = TYPES[type]
    low_word, low_byte = ORDERS[order]
    if type == "float32":
        from agent.drivers.modbus_floats import float_to_int

    def decode(words, at):
        number = 0
        for index in range(size):
            word = words[at + (size - 1 - index if low_word else index)]
            number = number << 16 | ((word & 0xFF) << 8 | word >> 8 if low_byte else word)
        if type == "float32":
            return float_to_int(number, exponent)
        if signed and number >> (16 * size - 1):
            number -= 1 << 16 * size
        return number

    return decode


class GenericField(Field):
    """One field of the settings."""

    def __init__(self, items):
        name, at, type, order, function, factor, scale, unit, exponent, offset = items[:10]
        low, high = items[10:12]
        decode = decoder(type, order, exponent - scale)
        channel = Channel(name, unit, exponent, low, high)
        super().__init__(at, TYPES[type][0], decode, channel, None, tuple(items[12:]))
        self.function = function
        self.factor = factor
        self.offset = offset

    def reading(self, words):
        """The Reading from a dict of register to value; a fault where a register is missing."""
        try:
            raw = self.decode(words, self.at)
        except KeyError:
            raw = None
        if raw is None or raw in self.sentinels:
            return fault(self.channel)
        return reading(self.channel, raw * self.factor + self.offset)


class Part(ModbusDevice):
    """The fields of one function."""

    def __init__(self, options, function, fields):
        self.table = function
        self.fields = fields
        super().__init__(options)


class Device(Driver):
    model = "generic-modbus"
    title = "Any Modbus sensor, described in the settings"
    kind = "any"
    protocol = "modbus"
    proven = False
    source = "the settings"
    options = (
        address(),
        Option("field", "fields", None, "at least one [[line.device.field]]"),
    )

    def __init__(self, options):
        super().__init__(options)
        fields = [GenericField(items) for items in options.get("field") or ()]
        self.parts = []
        for function in (HOLDING, INPUT):
            chosen = tuple([field for field in fields if field.function == function])
            if chosen:
                self.parts.append(Part(options, function, chosen))
        self.channels = tuple([channel for part in self.parts for channel in part.channels])

    def read(self):
        """Holding registers first, then input registers; the channels come in this order, too."""
        readings = []
        for part in self.parts:
            readings.extend((yield from part.read()))
        return readings

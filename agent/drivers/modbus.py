"""Modbus devices as tables: a field says where a value stands, what it is and how it is scaled."""

from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver, Option, address, fault, reading, rescale
from agent.protocols import modbus
from agent.reading import Channel

HOLDING = modbus.READ_HOLDING
INPUT = modbus.READ_INPUT


class Field:
    """One value in the registers. decode(words) gives the raw integer, or None for a fault."""

    def __init__(self, at, words, decode, channel, scale, sentinels):
        self.at = at
        self.words = words
        self.decode = decode
        self.channel = channel
        self.scale = scale  # the exponent of the raw integer, None where it is the channel's
        self.sentinels = sentinels

    def reading(self, words):
        """The Reading in this field's registers."""
        raw = self.decode(words)
        if raw is None or raw in self.sentinels:
            return fault(self.channel)
        if self.scale is not None:
            raw = rescale(raw, self.scale, self.channel.exponent)
        return reading(self.channel, raw)


def _field(words, decode):
    def field(at, name, unit, exponent, low=None, high=None, scale=None, sentinels=()):
        channel = Channel(name, unit, exponent, low, high)
        return Field(at, words, decode, channel, scale, sentinels)

    return field


def _u16(words):
    return words[0]


def _s16(words):
    return words[0] - 0x10000 if words[0] & 0x8000 else words[0]


def _u32(words):
    return words[0] << 16 | words[1]


def _s32(words):
    value = words[0] << 16 | words[1]
    return value - (1 << 32) if value & 0x80000000 else value


def _s32_low_first(words):
    return _s32((words[1], words[0]))


uint16 = _field(1, _u16)
int16 = _field(1, _s16)
uint32 = _field(2, _u32)
int32 = _field(2, _s32)
int32_low_first = _field(2, _s32_low_first)


def float_to_int(bits, exponent):
    """An IEEE 754 single (its 32 bits) as an integer scaled by 10**exponent, halves away from zero,
    without floats. None for infinities and NaN."""
    power = bits >> 23 & 0xFF
    if power == 0xFF:
        return None
    mantissa = bits & 0x7FFFFF
    if power:
        mantissa |= 0x800000
    else:
        power = 1
    shift = power - 150
    top, bottom = mantissa, 1
    if exponent < 0:
        top *= 10**-exponent
    else:
        bottom = 10**exponent
    if shift >= 0:
        top <<= shift
    else:
        bottom <<= -shift
    value = (2 * top + bottom) // (2 * bottom)
    return -value if bits >> 31 else value


def float32(at, name, unit, exponent, low=None, high=None):
    """Two registers, ABCD: the high word first."""

    def decode(words):
        return float_to_int(words[0] << 16 | words[1], exponent)

    return Field(at, 2, decode, Channel(name, unit, exponent, low, high), None, ())


class ModbusDevice(Driver):
    """A driver that is a table. Fields that touch are read in one request."""

    protocol = "modbus"
    table = HOLDING
    fields: "tuple[Field, ...]" = ()
    timeout_ms = 500
    options: "tuple[Option, ...]" = (address(),)
    max_registers = 125

    def __init__(self, options):
        super().__init__(options)
        self.channels = tuple([field.channel for field in self.fields])

    def ask(self, at, count):
        """The Ask for count registers from at."""
        pdu = modbus.read_request(self.table, at, count)
        return ModbusAsk(self.settings["address"], pdu, self.timeout_ms)

    def requests(self):
        """[(first register, count)]: the fewest reads without gaps."""
        result = []
        for at, words in sorted([(field.at, field.words) for field in self.fields]):
            if (
                result
                and at <= sum(result[-1])
                and at + words - result[-1][0] <= self.max_registers
            ):
                result[-1] = (result[-1][0], max(sum(result[-1]), at + words) - result[-1][0])
            else:
                result.append((at, words))
        return result

    def read(self):
        """Ask for every field, and say what they mean."""
        words = {}
        for at, count in self.requests():
            reply = yield self.ask(at, count)
            values = modbus.registers(reply)
            for index in range(count):
                words[at + index] = values[index]
        return self.mean(words)

    def mean(self, words):
        """The readings, from a dict of register to value. Override for what a table cannot say."""
        return [
            field.reading([words[field.at + index] for index in range(field.words)])
            for field in self.fields
        ]

"""Modbus devices as tables: a field says where a value stands, what it is and how it is scaled."""

from agent.drivers.ask import ModbusAsk
from agent.drivers.driver import Driver, Option, address
from agent.drivers.field import Field
from agent.errors import Refused
from agent.protocols import modbus
from agent.reading import Channel

HOLDING = modbus.READ_HOLDING
INPUT = modbus.READ_INPUT
RESIGNED = 20  # readings without cutting, after one in which all was refused


def _field(words, decode, low_first=False):
    def field(
        at, name, unit, exponent, low=None, high=None, scale=None, sentinels=(), not_fitted=()
    ):
        channel = Channel(name, unit, exponent, low, high)
        made = Field(at, words, decode, channel, scale, sentinels, not_fitted)
        made.low_first = low_first
        return made

    return field


def _u16(words, at):
    return words[at]


def _s16(words, at):
    return (words[at] ^ 0x8000) - 0x8000


def _u32(words, at):
    return words[at] << 16 | words[at + 1]


def _u32_low_first(words, at):
    return words[at + 1] << 16 | words[at]


def _s32(words, at):
    return _s16(words, at) << 16 | words[at + 1]


def _s32_low_first(words, at):
    return _s16(words, at + 1) << 16 | words[at]


uint16 = _field(1, _u16)
int16 = _field(1, _s16)
uint32 = _field(2, _u32)
uint32_low_first = _field(2, _u32_low_first, True)
int32 = _field(2, _s32)
int32_low_first = _field(2, _s32_low_first, True)


def bits(at, mask, shift, name, unit="/", low=None, high=None, sentinels=(), not_fitted=()):
    """The bits of mask in one register, shifted down by shift: a flag or a small number."""

    def decode(words, at):
        return (words[at] & mask) >> shift

    channel = Channel(name, unit, 0, low, high)
    made = Field(at, 1, decode, channel, None, sentinels, not_fitted)
    made.mask = mask
    made.shift = shift
    return made


def float32(*items, **more):
    """Two registers, the high word first (ABCD); see agent.drivers.modbus_floats.single."""
    from agent.drivers.modbus_floats import single

    return single(False, *items, **more)


def float32_low_first(*items, **more):
    """Two registers, the low word first (CDAB); see agent.drivers.modbus_floats.single."""
    from agent.drivers.modbus_floats import single

    return single(True, *items, **more)


class ModbusDevice(Driver):
    """A driver that is a table. Fields are read in the fewest requests that the device allows:
    max_registers in one, and max_gap registers between two fields that are read along, unused. 0,
    the default, reads nothing that no source speaks of: it may be absent, or change by being read.

    A request that is refused for its address or size (exceptions 2 and 3) is cut in two, and the
    cut remembered while this driver lives: one absent register costs its own field alone.
    """

    protocol = "modbus"
    table = HOLDING
    fields: "tuple[Field, ...]" = ()
    timeout_ms = 500
    options: "tuple[Option, ...]" = (address(),)
    max_registers = 125
    max_gap = 0

    def __init__(self, options):
        super().__init__(options)
        self.channels = tuple([field.channel for field in self.fields])
        self.plan = self.requests()  # cut where one is refused
        self.resigned = 0

    def ask(self, at, count):
        """The Ask for count registers from at."""
        pdu = modbus.read_request(self.table, at, count)
        return ModbusAsk(self.settings["address"], pdu, self.timeout_ms)

    def requests(self):
        """[(first register, count)]: the fewest reads, as long as none is refused. Asked for once,
        when the driver is made."""
        result = []
        for at, end in sorted([(field.at, field.at + field.words) for field in self.fields]):
            if result:
                first, count = result[-1]
                joined = max(first + count, end) - first
                if at <= first + count + self.max_gap and joined <= self.max_registers:
                    result[-1] = (first, joined)
                    continue
            result.append((at, end - at))
        return result

    def read(self):
        """Ask for every field, and say what they mean. Refused if none of them can be read, or if
        what the driver makes of them lacks one."""
        words = {}
        refused = None
        before = list(self.plan)
        index = 0
        while index < len(self.plan):
            at, count = self.plan[index]
            try:
                reply = yield self.ask(at, count)
            except Refused as error:
                if error.code not in (2, 3) or self.resigned:
                    self.resigned = max(0, self.resigned - 1)
                    raise
                refused = error
                from agent.drivers.cut import cut

                if not cut(self, index):
                    index += 1
                continue
            index += 1
            for value in modbus.registers(reply):
                words[at] = value
                at += 1
        if not words:
            self.plan = before  # nothing was learnt: it refuses everything
            self.resigned = RESIGNED
            raise refused
        try:
            return self.mean(words)
        except KeyError as missing:
            raise refused or missing

    def mean(self, words):
        """The readings, from a dict of register to value. Override for what a table cannot say."""
        return [field.reading(words) for field in self.fields]

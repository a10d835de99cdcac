"""Finds out what registers hold: reads them, and ranks what they can mean against known values."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from agent.drivers.ask import ModbusAsk
from agent.drivers.generic_modbus import ORDERS, TYPES, decoder
from agent.errors import NoReply, Refused
from agent.kit.wire import Wire
from agent.protocols import modbus

BLOCK = 16  # registers in one read, before it is split
TIMEOUT_MS = 500
SCALES = [Decimal(1).scaleb(-power) for power in range(5)] + [Decimal(10), Decimal(100)]
_DIGITS = 6  # decimals that a float is compared with
# What is likelier at the same distance, the likeliest first.
_TYPES = ("uint16", "int16", "float32", "int32", "uint32")
_SWAPPED = {order: low_byte for order, (_, low_byte) in ORDERS.items()}
_ORDERS = ("AB", "ABCD", "CDAB", "BA", "BADC", "DCBA")

Registers = dict[tuple[int, int], int]  # (function, register): value


@dataclass(frozen=True)
class Guess:
    """A field that would give the reference value. off: how far away it is, relative to it."""

    function: int
    register: int
    type: str
    order: str
    scale: Decimal
    value: Decimal
    off: Decimal

    def field(self, name: str, unit: str) -> str:
        """It as lines of a [[line.device.field]]."""
        lines = ["[[line.device.field]]", f'name = "{name}"', f"register = 0x{self.register:04x}"]
        lines += [f'type = "{self.type}"', f"function = {self.function}"]
        if self.order not in ("AB", "ABCD"):
            lines.append(f'order = "{self.order}"')
        if self.scale != 1:
            lines.append(f"scale = {self.scale:f}")
        if unit:
            lines.append(f'unit = "{unit}"')
        return "\n".join(lines)


def read_all(
    wire: Wire, unit: int, functions: list[int], first: int, last: int, timeout_ms: int = TIMEOUT_MS
) -> Registers:
    """Every register from first to last that the unit gives, by each function (3 and 4). Blocks
    that it refuses are split, down to single registers. NoReply if it says nothing at all."""
    found: Registers = {}
    silent: NoReply | None = None
    for function in functions:
        todo = [(at, min(BLOCK, last + 1 - at)) for at in range(first, last + 1, BLOCK)]
        while todo:
            at, count = todo.pop(0)
            ask = ModbusAsk(unit, modbus.read_request(function, at, count), timeout_ms)
            came = wire.ask(ask)
            if isinstance(came.error, NoReply):
                came = wire.ask(ask)
            if came.reply is not None:
                for index, value in enumerate(modbus.registers(came.reply)):
                    found[function, at + index] = value
            elif isinstance(came.error, Refused) and count > 1:
                todo[:0] = [(at, count // 2), (at + count // 2, count - count // 2)]
            elif isinstance(came.error, NoReply):
                silent = came.error
                if not found:
                    break
    if not found and silent is not None:
        raise silent
    return found


def rank(registers: Registers, wanted: Decimal, limit: int = 5) -> list[Guess]:
    """What could mean the wanted value, the likeliest first: near it, and then simple."""
    guesses = [
        guess for guess in _guesses(registers, wanted) if guess.off <= Decimal("0.05") or not wanted
    ]
    guesses.sort(
        key=lambda one: (
            _rounded(one.off), _SWAPPED[one.order], _TYPES.index(one.type),
            _ORDERS.index(one.order), SCALES.index(one.scale), one.function, one.register,
        )
    )  # fmt: skip
    return guesses[:limit]


def _rounded(off: Decimal) -> Decimal:
    """Distances that nobody's reference instrument can tell apart count as one."""
    steps = ("0.0001", "0.001", "0.01", "0.05")
    return next((Decimal(step) for step in steps if off <= Decimal(step)), off)


def _guesses(registers: Registers, wanted: Decimal) -> Iterator[Guess]:
    for function, at in registers:
        for kind in _TYPES:
            size = TYPES[kind][0]
            words = [registers.get((function, at + index)) for index in range(size)]
            if None in words:
                continue
            for order in [name for name in ORDERS if len(name) == 2 * size]:
                raw = decoder(kind, order, -_DIGITS)(words, 0)
                if raw is None or (raw == 0) != (wanted == 0):
                    continue
                if kind == "float32":
                    value = Decimal(raw).scaleb(-_DIGITS)
                    yield Guess(function, at, kind, order, SCALES[0], value, _off(value, wanted))
                    continue
                for scale in SCALES:
                    value = raw * scale
                    yield Guess(function, at, kind, order, scale, value, _off(value, wanted))


def _off(value: Decimal, wanted: Decimal) -> Decimal:
    return abs(value - wanted) / abs(wanted) if wanted else abs(value)

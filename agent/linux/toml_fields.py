"""The fields of a generic-modbus device, as people write them, compiled for its driver.

A field: name, register, type; and where the manual says so: order, scale, offset, unit, function,
digits (decimals kept of a float), low and high (the valid range), sentinels (raw values that mean
"no value").
"""

import difflib
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.drivers.generic_modbus import ORDERS, TYPES
from agent.drivers.modbus import HOLDING, INPUT
from agent.linux.quantities import scaled

_KEYS = ("name", "register", "type", "order", "scale", "offset", "unit", "function", "digits",
         "low", "high", "sentinels")  # fmt: skip
_DIGITS = 3  # decimals of a float, unless it says otherwise
Wrong = Callable[[tuple[str | int, ...], str], None]


def compiled(fields: Any, path: tuple[str | int, ...], wrong: Wrong) -> list[list[Any]]:
    """The fields as lists (see agent.drivers.generic_modbus). wrong(path, sentence) is told each
    mistake; a field that has one is left out."""
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        wrong(path, "expected at least one [[line.device.field]]")
        return []
    result: list[list[Any]] = []
    for index, written in enumerate(fields):
        field = _Field(written, (*path, index), wrong).compile()
        if field and field[0] in [other[0] for other in result]:
            wrong((*path, index, "name"), f"{field[0]!r} is already another field's")
        elif field:
            result.append(field)
    return result


class _Field:
    def __init__(self, written: dict[str, Any], path: tuple[str | int, ...], wrong: Wrong) -> None:
        self.written = written
        self.path = path
        self._wrong = wrong
        self.mistakes = 0
        self.meant: set[str] = set()  # what misspelt keys stand for

    def wrong(self, key: str, text: str) -> None:
        self.mistakes += 1
        self._wrong((*self.path, key), text)

    def missing(self, key: str) -> None:
        if key not in self.meant:
            self.wrong(key, "missing")

    def compile(self) -> list[Any]:
        """The field as a list, empty if it has mistakes."""
        for key in self.written:
            if key not in _KEYS:
                near = difflib.get_close_matches(key, _KEYS, 1)
                self.meant.update(near)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KEYS)}"
                self.wrong(key, f"unknown; {hint}")
        kind = self.choice("type", tuple(TYPES), None)
        orders = [order for order in ORDERS if len(order) == 2 * TYPES.get(kind, (1,))[0]]
        factor, scale = self.scale()
        exponent = -self.number("digits", _DIGITS, 0, 9) if kind == "float32" else min(scale, 0)
        unit = self.text("unit", "/")
        offset = self.quantity("offset", "", exponent) or 0
        low, high = self.quantity("low", unit, exponent), self.quantity("high", unit, exponent)
        field = [
            self.text("name", None),
            self.number("register", None, 0, 0xFFFF),
            kind,
            self.choice("order", tuple(orders), orders[0]),
            self.number("function", HOLDING, HOLDING, INPUT),
            factor if kind == "float32" else factor * 10 ** (scale - exponent),
            scale,
            unit,
            exponent,
            offset,
            low,
            high,
            *self.sentinels(exponent - scale if kind == "float32" else 0),
        ]
        return [] if self.mistakes else field

    def text(self, key: str, default: str | None) -> str:
        value = self.written.get(key, default)
        if not isinstance(value, str) or not value:
            if value is None:
                self.missing(key)
            else:
                self.wrong(key, f"expected text, not {value!r}")
            return ""
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None) -> str:
        value = self.text(key, default)
        if value and value not in choices:
            self.wrong(key, f"expected one of {', '.join(choices)}, not {value!r}")
        return value if value in choices else choices[0]

    def number(self, key: str, default: int | None, low: int, high: int) -> int:
        value = self.written.get(key, default)
        if value is None:
            self.missing(key)
            return low
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(key, f"expected a whole number from {low} to {high}, not {value!r}")
            return low
        return value

    def decimal(self, key: str, value: Any) -> Decimal:
        """A number as it was written: TOML's floats print as they were typed."""
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise InvalidOperation
            number = Decimal(str(value))
            if not number.is_finite():
                raise InvalidOperation
            return number
        except InvalidOperation:
            self.wrong(key, f"expected a number such as 0.1, not {value!r}")
            return Decimal(1)

    def scale(self) -> tuple[int, int]:
        """(factor, power of ten) of the scale: 0.25 is 25 and -2."""
        number = self.decimal("scale", self.written.get("scale", 1))
        if number and -9 <= number.adjusted() <= 9:
            sign, digits, exponent = number.normalize().as_tuple()
            assert isinstance(exponent, int)
            factor = int("".join(map(str, digits)))
            return (-factor if sign else factor), exponent
        self.wrong("scale", "expected a number from 1e-9 to 1e9 that is not 0")
        return 1, 0

    def quantity(self, key: str, unit: str, exponent: int) -> int | None:
        """A quantity in 10**exponent of unit: text with its unit, or a plain number."""
        value = self.written.get(key)
        if value is None:
            return None
        try:
            if isinstance(value, str) and unit:
                return scaled(value, unit, exponent)
        except ValueError as error:
            self.wrong(key, str(error))
            return None
        number = self.decimal(key, value).scaleb(-exponent)
        if number != int(number):
            self.wrong(key, f"finer than this field can tell (10**{exponent})")
        return int(number)

    def sentinels(self, exponent: int) -> list[int]:
        """Raw values; those of a float in 10**exponent."""
        values = self.written.get("sentinels", [])
        if not isinstance(values, list):
            self.wrong("sentinels", "expected a list of raw values, such as [0xFFFF]")
            return []
        return [int(self.decimal("sentinels", value).scaleb(-exponent)) for value in values]

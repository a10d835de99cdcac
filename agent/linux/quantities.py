"""Durations and measured quantities as people write them: ``"10s"``, ``"300 mm"``, ``"35 ppm"``."""

import re
from decimal import Decimal

_DURATIONS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}

# Written unit to (SenML unit, power of ten). SenML names: RFC 8428 and RFC 8798.
_UNITS = {
    "mm": ("m", -3),
    "cm": ("m", -2),
    "m": ("m", 0),
    "°C": ("Cel", 0),
    "Cel": ("Cel", 0),
    "ppm": ("ppm", 0),
    "ppb": ("ppm", -3),
    "deg": ("deg", 0),
    "°": ("deg", 0),
    "ug/m3": ("ug/m3", 0),
    "µg/m³": ("ug/m3", 0),
    "mg/m3": ("ug/m3", 3),
    "%": ("%", 0),
    "%RH": ("%RH", 0),
    "%LEL": ("%", 0),
    "%VOL": ("%", 0),
    "mV": ("V", -3),
    "V": ("V", 0),
    "mA": ("A", -3),
    "A": ("A", 0),
    "W": ("W", 0),
    "kW": ("W", 3),
    "Wh": ("Wh", 0),
    "kWh": ("Wh", 3),
    "Pa": ("Pa", 0),
    "hPa": ("Pa", 2),
    "mbar": ("Pa", 2),
    "kPa": ("Pa", 3),
    "lx": ("lx", 0),
    "lux": ("lx", 0),
    "l": ("m3", -3),
    "m3": ("m3", 0),
    "m³": ("m3", 0),
}

_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(\S*)\s*")


def duration_ms(value: object) -> int:
    """Milliseconds of ``"500ms"``, ``"10s"``, ``"5min"``, ``"1h"``, ``"2d"``, or ValueError."""
    return _whole(value, _DURATIONS, 'a duration such as "10s", "5min" or "1h"')


def size_bytes(value: object) -> int:
    """Bytes of ``"4 MB"``. ValueError otherwise."""
    return _whole(value, _SIZES, 'a size such as "4 MB"')


def _whole(value: object, units: dict[str, int], expected: str) -> int:
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"expected {expected}, not {value!r}")
    number = Decimal(match[1]) * units[match[2]]
    if number <= 0 or number != int(number):
        raise ValueError(f"expected {expected}, not {value!r}")
    return int(number)


_HOURLY = {"s": 3600, "min": 60, "h": 1}


def scaled(value: object, unit: str, exponent: int) -> int:
    """A quantity in units of ``10**exponent`` of a SenML unit: ``"300 mm"`` in m, -3 is 300.

    A unit that ends in "/h" is a change in an hour: ``"100 mm/min"`` in m/h, -3 is 6000. ValueError
    for another dimension, or for more digits than the exponent can hold.
    """
    if unit.endswith("/h"):
        return _scaled_rate(value, unit, exponent)
    # A channel may have one of RFC 8798's secondary units itself: rain in mm, energy in kWh.
    own, own_power = _UNITS.get(unit, (unit, 0))
    written = (
        unit if unit != own else next((u for u, (base, _) in _UNITS.items() if base == own), unit)
    )
    expected = f'a quantity such as "30 {written}"'
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"expected {expected}, not {value!r}")
    senml, power = _UNITS.get(match[2], (match[2], 0))
    if senml != own:
        raise ValueError(f"expected {expected}, not {value!r}")
    number = Decimal(match[1]).scaleb(power - own_power - exponent)
    if number != int(number):
        raise ValueError(f"{value!r} is finer than this channel can tell (10**{exponent} {unit})")
    return int(number)


def _scaled_rate(value: object, unit: str, exponent: int) -> int:
    quantity, _, time = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    base = unit[: -len("/h")]
    try:
        return scaled(quantity, base, exponent) * _HOURLY[time.strip()]
    except (ValueError, KeyError):
        written = [name for name, (senml, _) in _UNITS.items() if senml == base] or [base]
        raise ValueError(
            f'expected a change such as "30 {written[0]}/min", not {value!r}'
        ) from None

"""``pole decode``: paste captured bytes, and see what a driver makes of them."""

import argparse
import json
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent import drivers
from agent.cli.help import Examples
from agent.errors import AgentError, BadSettings
from agent.kit.decoding import decode
from agent.linux import toml_fields
from agent.linux.driver_packages import load
from agent.linux.quantities import scaled
from agent.reading import QUALITY_NAMES

_EPILOG = """\
examples:
  pole decode --driver dyp-ultrasonic --option "mount=3200 mm" \\
      --request "01 03 01 00 00 01 85 F6" --response "01 03 02 02 F2 38 A1"
  pole decode --driver winsen-ze07 --response "FF 04 03 01 00 05 13 88 58"

  pole decode --driver generic-modbus \\
      --field 'name = "soil", register = 1, type = "int16", scale = 0.1' \\
      --request "01 03 00 00 00 03 05 CB" \\
      --response "01 03 06 00 00 00 C9 00 00 F1 4B"

Serial drivers take --response alone. Repeat --request and --response for a
driver that asks several times; a table gives what the exchanges cover.

exit status: 0 decoded, 1 the bytes are wrong, as the error says, 2 wrong usage
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "decode",
        help="decode captured bytes with a driver",
        description="Decode one captured exchange with a driver, and print the readings: to a "
        "terminal as a table, into a file or pipe as JSON.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--driver", required=True, metavar="NAME", help="see `pole drivers`")
    command.add_argument(
        "--request", type=_hex, action="append", default=[], metavar="HEX",
        help="the request (Modbus RTU)",
    )  # fmt: skip
    command.add_argument("--response", type=_hex, action="append", required=True, metavar="HEX")
    command.add_argument(
        "--field", action="append", default=[], metavar="TOML",
        help="a field of generic-modbus, as in [[line.device.field]]",
    )  # fmt: skip
    command.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE",
        help='an option of the driver, such as "mount=3200 mm"',
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="JSON also to a terminal")
    command.set_defaults(func=run)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", " ").replace(",", " ").replace("0x", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected hex digits, not {text!r}") from None


def run(args: argparse.Namespace) -> int:
    """Print the readings; 1 for bytes that are wrong."""
    driver_class = load(args.driver, Path())
    try:
        options = _options(driver_class, args.option, args.field)
        if driver_class.protocol == "modbus" and len(args.request) != len(args.response):
            raise ValueError("a Modbus reply means nothing without its --request")
    except ValueError as error:
        print(f"pole decode: {error}", file=sys.stderr)
        return 2
    if args.request and args.request[0] and "address" in options:
        options["address"] = args.request[0][0]
    try:
        readings = decode(driver_class(options), args.request, args.response)
    except BadSettings:
        raise
    except AgentError as error:
        print(f"pole decode: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if args.json or not sys.stdout.isatty():
        print(json.dumps(_described(readings), ensure_ascii=False))
    else:
        print("\n".join(_table_of(readings)))
    return 0


def _table_of(readings: list[Any]) -> list[str]:
    """One line a reading: channel, value in plain decimals, unit, quality."""
    rows = [(one.name, _plain(one), one.unit, QUALITY_NAMES[one.quality]) for one in readings]
    width = max((len(row[0]) for row in rows), default=0)
    return [f"{row[0]:{width}}  {row[1]:>12} {row[2]:6}  {row[3]}" for row in rows]


def _plain(reading: Any) -> str:
    return "-" if reading.value is None else f"{Decimal(reading.value).scaleb(reading.exponent):f}"


def _options(driver_class: Any, written: list[str], fields: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    known = {option.name: option for option in driver_class.options}
    for item in written:
        name, equals, text = item.partition("=")
        if not equals or name not in known:
            raise ValueError(f"no option {name!r}; known: {', '.join(known) or 'none'}")
        value: Any = int(text) if text.isdigit() else text
        try:
            values[name] = drivers.check_option(known[name], value, scaled)
        except ValueError as error:
            raise ValueError(f"--option {name}: {error}") from None
    for option in driver_class.options:
        if option.kind == "fields":
            values[option.name] = _fields(fields)
        values.setdefault(option.name, option.default)
    return values


def _fields(written: list[str]) -> list[list[Any]]:
    """The fields of generic-modbus. ValueError says all that is wrong."""
    mistakes: list[str] = []
    tables = [_table(text) for text in written]
    if not tables:
        raise ValueError(
            "this driver has no map of its own: give it one --field for each value, such as "
            """--field 'name = "level", register = 1, type = "uint16"'"""
        )
    fields = toml_fields.compiled(
        tables, ("field",), lambda path, text: mistakes.append(f"--field: {path[-1]}: {text}")
    )
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return fields


def _table(written: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(f"field = {{ {written} }}")["field"]
    except tomllib.TOMLDecodeError as error:
        why = str(error).partition(" (at")[0]
        raise ValueError(f"--field {written}: {why}; texts stand in quotes") from None
    return found


def _described(readings: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "channel": reading.name,
            "value": reading.value,
            "exponent": reading.exponent,
            "unit": reading.unit,
            "quality": QUALITY_NAMES[reading.quality],
        }
        for reading in readings
    ]

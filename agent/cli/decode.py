"""``pole decode``: paste captured bytes, and see what a driver makes of them."""

import argparse
import json
import sys
from typing import Any

from agent import drivers
from agent.cli.help import Examples
from agent.drivers.ask import ModbusAsk
from agent.drivers.modbus import ModbusDevice
from agent.errors import AgentError, BadSettings, WrongReply
from agent.linux.quantities import scaled
from agent.protocols import modbus
from agent.reading import QUALITY_NAMES

_EPILOG = """\
examples:
  pole decode --driver dyp-ultrasonic --option "mount=3200 mm" \\
      --request "01 03 01 00 00 01 85 F6" --response "01 03 02 02 F2 38 A1"
  pole decode --driver winsen-ze07 --response "FF 04 03 01 00 05 13 88 58"

Serial drivers take --response alone. A driver that needs several requests gives the
readings that this exchange covers.

exit status: 0 decoded, 1 the bytes are wrong (the error says how), 2 wrong usage.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "decode",
        help="decode captured bytes with a driver",
        description="Decode one captured exchange with a driver, and print the readings as JSON.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--driver", required=True, metavar="NAME", help="see `pole drivers`")
    command.add_argument("--request", type=_hex, metavar="HEX", help="the request (Modbus RTU)")
    command.add_argument("--response", type=_hex, required=True, metavar="HEX")
    command.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE",
        help='an option of the driver, such as "mount=3200 mm"',
    )  # fmt: skip
    command.set_defaults(func=run)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", " ").replace(",", " ").replace("0x", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected hex digits, not {text!r}") from None


def run(args: argparse.Namespace) -> int:
    """Print the readings; 1 for bytes that are wrong."""
    driver_class = drivers.load(args.driver)
    try:
        options = _options(driver_class, args.option)
        if driver_class.protocol == "modbus" and args.request is None:
            raise ValueError("a Modbus reply means nothing without its --request")
    except ValueError as error:
        print(f"pole decode: {error}", file=sys.stderr)
        return 2
    if args.request and "address" in options:
        options["address"] = args.request[0]
    try:
        readings = decode(driver_class(options), args.request, args.response)
    except BadSettings:
        raise
    except AgentError as error:
        print(f"pole decode: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(readings, ensure_ascii=False))
    return 0


def _options(driver_class: Any, written: list[str]) -> dict[str, Any]:
    values = {}
    known = {option.name: option for option in driver_class.options}
    for item in written:
        name, equals, text = item.partition("=")
        if not equals or name not in known:
            raise ValueError(f"no option {name!r}; known: {', '.join(known) or 'none'}")
        value: Any = int(text) if text.isdigit() else text
        values[name] = drivers.check_option(known[name], value, scaled)
    for option in driver_class.options:
        values.setdefault(option.name, option.default)
    return values


def decode(driver: Any, request: bytes | None, response: bytes) -> list[dict[str, Any]]:
    """The readings that the driver makes of one exchange. AgentError if the bytes are wrong."""
    if isinstance(driver, ModbusDevice):
        assert request is not None
        return _table(driver, request, response)
    script = driver.read()
    ask = next(script)
    return _described(_finish(script, _reply(ask, response)))


def _reply(ask: Any, response: bytes) -> bytes:
    """The reply that ask's receiver finds in response."""
    _, receiver = ask.open("rtu", 0)
    reply = receiver.feed(response)
    if reply is None:
        raise receiver.verdict()
    return bytes(reply)


def _finish(script: Any, reply: bytes) -> list[Any]:
    try:
        script.send(reply)
    except StopIteration as end:
        return list(end.value)
    raise WrongReply("this driver needs more than one exchange: nothing to show yet")


def _table(driver: ModbusDevice, request: bytes, response: bytes) -> list[dict[str, Any]]:
    """A Modbus exchange: check it as the bus would, then decode the fields that it covers."""
    if len(request) != 8 or modbus.crc16(request):
        raise WrongReply("the request is no intact Modbus RTU read of 8 bytes")
    pdu = request[1:6]
    reply = _reply(ModbusAsk(request[0], pdu, 0), response)
    start = pdu[1] << 8 | pdu[2]
    values = modbus.registers(reply)
    words = {start + index: value for index, value in enumerate(values)}
    if not driver.fields:
        return _scripted(driver, words)
    covered = [
        field
        for field in driver.fields
        if all(field.at + index in words for index in range(field.words))
    ]
    if not covered:
        raise WrongReply(f"{driver.model} has no channel in the registers of this request")
    for field in driver.fields:
        for index in range(field.words):
            words.setdefault(field.at + index, 0)
    wanted = {field.channel.name for field in covered}
    if "distance" in wanted:
        wanted.add("level")
    return _described([part for part in driver.mean(words) if part.name in wanted])


def _scripted(driver: ModbusDevice, words: dict[int, int]) -> list[dict[str, Any]]:
    """A driver that asks step by step: answer each step from what the exchange covers."""
    script = driver.read()
    ask = next(script)
    while True:
        at, count = ask.pdu[1] << 8 | ask.pdu[2], ask.pdu[3] << 8 | ask.pdu[4]
        if any(at + index not in words for index in range(count)):
            raise WrongReply(
                f"{driver.model} also needs registers 0x{at:04x} to 0x{at + count - 1:04x}, "
                "which this request does not cover"
            )
        data = b"".join(words[at + index].to_bytes(2, "big") for index in range(count))
        try:
            ask = script.send(bytes((ask.pdu[0], len(data))) + data)
        except StopIteration as end:
            return _described(list(end.value))


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

"""``pole driver probe``: which register holds what, against values that a person knows."""

import argparse
import json
import sys
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.cli import line_options
from agent.cli.help import Examples
from agent.cli.speech import Speaker
from agent.errors import NoReply
from agent.kit.probe import Guess, rank, read_all

_EPILOG = """\
examples:
  pole driver probe --port /dev/ttyUSB0 --id 7 --value "temperature=25.3 Cel"
  pole driver probe --port /dev/ttyUSB0 --to 0x80 --value a=1.234 --value b=0.2

It only reads (functions 3 and 4). Give what a hand-held instrument, a display
or a ruler says at this moment; four digits tell more than two. The first guess
of each value is printed as a field for generic-modbus.

exit status: 0 every value has a guess, 1 one has none, 2 wrong usage.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "probe",
        help="rank what registers may mean against known values; only reads",
        description="Read the registers of an unknown device, and rank offset, type, word order "
        "and scale against values that you type in.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    line_options.add(command)
    command.add_argument("--id", type=int, default=1, metavar="ADDRESS", help="1 to 247 (1)")
    command.add_argument("--from", dest="first", type=_number, default=0, metavar="REGISTER",
                         help="zero-based (0)")  # fmt: skip
    command.add_argument("--to", dest="last", type=_number, default=0x3F, metavar="REGISTER",
                         help="the last one (0x3F)")  # fmt: skip
    command.add_argument("--function", type=int, choices=(3, 4), action="append",
                         help="default: both")  # fmt: skip
    command.add_argument("--value", type=_value, action="append", default=[],
                         metavar="NAME=VALUE", help='such as "temperature=25.3 Cel"')  # fmt: skip
    command.set_defaults(func=run)


def _number(text: str) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFF:
        raise argparse.ArgumentTypeError(f"expected a register such as 0x40, not {text!r}")
    return number


def _value(text: str) -> tuple[str, Decimal, str]:
    name, _, rest = text.partition("=")
    written, _, unit = rest.strip().partition(" ")
    try:
        return name.strip(), Decimal(written), unit.strip()
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE UNIT, not {text!r}") from None


def run(args: argparse.Namespace) -> int:
    """Read, rank, print; 0 if every value has a guess."""
    speaker = Speaker(args.lang)
    if not 1 <= args.id <= 247 or args.last < args.first:
        print(f"pole driver probe: {speaker.text('probe-usage')}", file=sys.stderr)
        return 2
    try:
        with line_options.wire_of(args) as wire:
            wire.open(args.mode)
            registers = read_all(wire, args.id, args.function or [3, 4], args.first, args.last)
    except NoReply as error:
        text = speaker.text("probe-silent", unit=args.id, why=speaker.why(error))
        print(f"pole driver probe: {text}", file=sys.stderr)
        return 1
    ranked = [(name, unit, rank(registers, value)) for name, value, unit in args.value]
    if args.json:
        print(json.dumps({
            "registers": [[function, at, value] for (function, at), value in registers.items()],
            "guesses": {name: [_plain(one) for one in guesses] for name, _, guesses in ranked},
        }))  # fmt: skip
    else:
        _show(registers, ranked, speaker)
    return 0 if all(guesses for _, _, guesses in ranked) else 1


def _plain(guess: Guess) -> dict[str, Any]:
    return {
        "function": guess.function, "register": guess.register, "type": guess.type,
        "order": guess.order, "scale": str(guess.scale), "value": str(guess.value),
        "off": str(guess.off),
    }  # fmt: skip


def _show(
    registers: dict[tuple[int, int], int], ranked: list[tuple[str, str, list[Guess]]],
    speaker: Speaker,
) -> None:  # fmt: skip
    for function in (3, 4):
        held = {at: value for (by, at), value in registers.items() if by == function}
        if held:
            speaker.say("probe-held", function=function, count=len(held))
        shown = [f"{at:04x}={value:04x}" for at, value in sorted(held.items()) if value]
        for at in range(0, len(shown), 7):
            print("  " + "  ".join(shown[at : at + 7]))
    for name, unit, guesses in ranked:
        print()
        speaker.say("probe-guesses" if guesses else "probe-none", name=name)
        for one in guesses:
            speaker.say("probe-guess", indent=2, **vars(one))
        if guesses:
            print(guesses[0].field(name, unit))

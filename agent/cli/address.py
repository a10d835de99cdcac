"""``pole address``: another address for the only device of a line."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agent.cli import line_options
from agent.cli.help import Examples
from agent.cli.speech import Speaker
from agent.errors import AgentError
from agent.kit.renumber import renumber, usable
from agent.linux import driver_packages

_EPILOG = """\
examples:
  pole address --port /dev/ttyUSB0 --driver dyp-ultrasonic --from 1 --to 5
  pole address --port board:/dev/ttyACM0:1 --driver nhzd210 --from 10 --to 11

Connect that one device alone. It makes sure that it is alone, that it is that
model and that nobody else asks; writes the steps that the driver declares, to
the device's own address only; and reads back. `pole drivers NAME` shows them.

exit status: 0 done, 1 not (it says what was written), 2 wrong usage.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "address",
        help="give a lone device another Modbus address",
        description="Give the only device of a line another Modbus address, by its driver's "
        "declared steps, and read it back.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    line_options.add(command)
    command.add_argument("--driver", required=True, metavar="NAME", help="the model")
    command.add_argument("--from", dest="old", type=int, required=True, metavar="ADDRESS")
    command.add_argument("--to", dest="new", type=int, required=True, metavar="ADDRESS")
    command.add_argument("--yes", action="store_true", help="do not ask before writing")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Renumber; 0 if the device answers at its new address."""
    speaker = Speaker(args.lang)
    device = driver_packages.load(args.driver, Path())
    places = {"model": device.model, "old": args.old, "new": args.new}
    usage = "address-range" if not usable(args.old, args.new) else "address-no-steps"
    if usage == "address-range" or not device.renumber:
        print(f"pole address: {speaker.text(usage, **places)}", file=sys.stderr)
        return 2
    if not args.json:
        speaker.say("address-plan", **places)
    if not args.yes and _answer(speaker.text("address-confirm")) != "yes":
        return 1

    def say(code: str, values: dict[str, Any]) -> None:
        if not args.json:
            speaker.say(code, indent=2, **values)

    def cycle() -> None:
        _answer(speaker.text("address-cycle"))

    with line_options.wire_of(args) as wire:
        outcome = renumber(wire, args.mode, device, args.old, args.new, say, cycle)
    values = dict(outcome.values)
    if isinstance(values.get("error"), AgentError):
        values["error"] = speaker.why(values["error"])
    text = speaker.text(outcome.code, **values)
    if args.json:
        print(json.dumps({"done": outcome.done, "code": outcome.code, "text": text},
                         ensure_ascii=False))  # fmt: skip
    else:
        speaker.say(outcome.code, **values)
    return 0 if outcome.done else 1


def _answer(question: str) -> str:
    """What the person types; a prompt goes to stderr, so that --json stays clean."""
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()

"""``pole drill``: prove an alarm's whole way with a real stimulus."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from agent.cli import unanswered
from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker
from agent.drill import LONGEST
from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.quantities import duration_ms

_EPILOG = """\
examples:
  pole drill pole.toml underpass/level --for 10min --who "Li Wei"
  pole drill pole.toml --end

Start it, then stimulate the sensor: water, a gas cloth, an open cover. The alarm goes its whole
way, marked as a test inside what is signed; alarms of other channels are not marked. It ends once
the alarm has cleared and was acknowledged, or when its time is over. The page of the node (`pole
run --page`) shows how far the alarm came, and how fast.

exit status: 0 the agent took it, 1 no agent runs, or it refused.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "drill",
        help="prove an alarm's whole way with a real stimulus",
        description="Mark the alarms of one channel as tests, for a while.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("channel", nargs="?", metavar="DEVICE/CHANNEL")
    command.add_argument("--for", dest="length", default="10min", metavar="DURATION",
                         help="how long at most (default: 10min)")  # fmt: skip
    command.add_argument("--end", action="store_true", help="end the one that is on")
    command.add_argument("--who", default=getpass.getuser(), metavar="NAME", help="default: you")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Ask the running agent."""
    from agent.linux.commissioning import requests

    speaker = Speaker(args.lang, FIELD_TEXTS)
    found = pole_toml.load(args.settings)
    items = {"for_ms": 0} if args.end else _wanted(args, found)
    answer = requests.ask(found.journal, requests.DRILL, items | {"who": args.who})
    if answer is None:
        return unanswered.say(args.settings, found.journal, args.lang)
    if answer.get("why"):
        print(speaker.text("drill-refused", why=speaker.text(answer["why"])), file=sys.stderr)
        return 1
    speaker.say("drill-over" if args.end else "drill-begun", channel=args.channel)
    return 0


def _wanted(args: argparse.Namespace, found: pole_toml.PoleFile) -> dict[str, Any]:
    known = [
        f"{device.name}/{rule.channel}"
        for line in found.settings.lines
        for device in line.devices
        for rule in device.alarms
    ]
    if args.channel not in known:
        names = ", ".join(sorted(set(known))) or "none"
        raise BadSettings([f"expected a channel with an alarm, as device/channel; known: {names}"])
    try:
        length = duration_ms(args.length)
    except ValueError as error:
        raise BadSettings([f"--for: {error}"]) from None
    if not 0 < length <= LONGEST:
        raise BadSettings(["--for: expected an hour at the most"])
    device, _, channel = args.channel.partition("/")
    return {"device": device, "channel": channel, "for_ms": length}

"""``pole relay``: switch a node's siren, sign or barrier for a while, whatever its alarms say."""

import argparse
import getpass
from pathlib import Path
from typing import Any

from agent.actuation import LONGEST
from agent.cli import unanswered
from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker
from agent.errors import BadSettings
from agent.linux import node_requests, pole_toml
from agent.linux.quantities import duration_ms

_STATES = {"on": 1, "off": 0, "auto": None}

_EPILOG = """\
examples:
  pole relay pole.toml relays/relay1 off --for 30min --who "Li Wei"
  pole relay pole.toml relays/relay1 auto          back to its alarms, now

The order, and what was read back, are signed records. When its time is over, and after a restart,
the relay follows its alarms again.

exit status: 0 the agent took it, 1 no agent runs.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "relay",
        help="switch a siren, sign or barrier by hand, for a while",
        description="Switch a relay of the agent that runs with these settings, for a while.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("relay", metavar="DEVICE/RELAY", help='such as "relays/relay1"')
    command.add_argument("state", choices=tuple(_STATES), help="auto: as its alarms say")
    command.add_argument("--for", dest="length", default="1h", metavar="DURATION",
                         help='default "1h"')  # fmt: skip
    command.add_argument("--who", default=getpass.getuser(), metavar="NAME", help="default: you")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Ask the running agent."""
    file = pole_toml.load(args.settings)
    drives = [
        f"{device.name}/{items[0]}"
        for line in file.settings.lines for device in line.devices for items in device.drives
    ]  # fmt: skip
    if args.relay not in drives:
        known = ", ".join(drives) or "none"
        raise BadSettings([f"no alarm drives a relay {args.relay!r}; known: {known}"])
    try:
        length = duration_ms(args.length)
    except ValueError as error:
        raise BadSettings([f"--for: {error}"]) from None
    if length > LONGEST:
        raise BadSettings(["--for: expected a day at the most"])
    device, _, relay = args.relay.partition("/")
    value = _STATES[args.state]
    items = {"device": device, "relay": relay, "value": value, "for_ms": length, "who": args.who}
    if not node_requests.ask(file.journal, node_requests.RELAY, items):
        return unanswered.say(args.settings, file.journal, args.lang)
    Speaker(args.lang, FIELD_TEXTS).say(
        "relay-auto" if value is None else "relay-ordered",
        relay=args.relay, state=args.state, length=args.length, who=args.who,
    )  # fmt: skip
    return 0

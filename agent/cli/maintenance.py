"""``pole maintenance``: mute a node's alarms for a while, with who and why; or end it."""

import argparse
import getpass
from pathlib import Path
from typing import Any

from agent.cli import unanswered
from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker
from agent.errors import BadSettings
from agent.linux import node_requests, pole_toml
from agent.linux.quantities import duration_ms
from agent.maintenance import LONGEST

_EPILOG = """\
examples:
  pole maintenance pole.toml --for 2h --why "new cable"
  pole maintenance pole.toml --for 30min --who "Li Wei" --why "cleaning the sensor"
  pole maintenance pole.toml --end

Alarms are judged, recorded and sent as ever, and told as muted. Begin and end are signed frames. It
ends by itself when its time is over, and then tells every alarm that is still active.

exit status: 0 the agent took it, 1 no agent runs.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "maintenance",
        help="mute a node's alarms while somebody works at it",
        description="Mute the alarms of the agent that runs with these settings, for a while.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--for", dest="length", metavar="DURATION", help='such as "2h"')
    what.add_argument("--end", action="store_true", help="end it now")
    command.add_argument("--who", default=getpass.getuser(), metavar="NAME", help="default: you")
    command.add_argument("--why", default="", metavar="TEXT", help="for the record")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Ask the running agent."""
    journal = pole_toml.load(args.settings).journal
    length = 0
    if args.length:
        try:
            length = duration_ms(args.length)
        except ValueError as error:
            raise BadSettings([f"--for: {error}"]) from None
        if length > LONGEST:
            raise BadSettings(["--for: expected a day at the most"])
    items = {"for_ms": length, "who": args.who, "why": args.why}
    if not node_requests.ask(journal, node_requests.MAINTENANCE, items):
        return unanswered.say(args.settings, journal, args.lang)
    code = "maintenance-over" if args.end else "maintenance-on"
    Speaker(args.lang, FIELD_TEXTS).say(code, length=args.length, who=args.who)
    return 0

"""``pole status``: what the agent of this node does, and what it costs."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker, wrapped
from agent.cli.status_page import Page
from agent.cli.status_texts import STATUS_TEXTS
from agent.linux import node_slots, pole_toml, status_door

INSTALLED = Path("/var/lib/pole/pole.toml")

_EPILOG = """\
examples:
  pole status pole.toml
  pole status --watch pole.toml       again every 2 s, with what happened in between
  pole status --json pole.toml        one object, for a script
  pole status                         of the agent that `pole install` put here

It asks the running agent over a socket in its journal's folder; nothing leaves this machine.

exit status: 0 told, 1 no agent runs, or it may not be asked.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "status",
        help="what the agent of this node does, and what it costs",
        description="Show the running agent: processor and memory, lines and sensors, journal, "
        "uplink, time, alarms.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("path", type=Path, nargs="?", metavar="FILE",
                         help="its pole.toml, or its journal's folder")  # fmt: skip
    command.add_argument("--watch", type=float, nargs="?", const=2.0, metavar="S",
                         help="again every S seconds, until Ctrl-C")  # fmt: skip
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Ask, and show; 0 if an agent answered."""
    speaker = Speaker(args.lang, STATUS_TEXTS)
    path = args.path or settings_of_this_node()
    before = None
    while True:
        found = _asked(speaker, path)
        if found is None:
            return 1
        if args.json:
            print(json.dumps(found), flush=True)
        else:
            clear = "\x1b[H\x1b[2J" if before is not None and sys.stdout.isatty() else ""
            print(clear + "\n".join(Page(speaker, found, before).lines()), flush=True)
        if args.watch is None:
            return 0
        before = found
        time.sleep(max(0.1, args.watch))


def settings_of_this_node() -> Path:
    """Where its pole.toml is when nobody says so: where `pole install` put it, also for whoever
    stands in the folder that it was copied from; on another machine here."""
    installed = (node_slots.installed_below() / node_slots.CURRENT).is_symlink()
    return Path("pole.toml") if Path("pole.toml").exists() and not installed else INSTALLED


def _asked(speaker: Speaker, path: Path) -> dict[str, Any] | None:
    """The snapshot; None, and a sentence, where there is none."""
    found, said = None, "none"
    try:
        folder = path if path.is_dir() else pole_toml.load(path, need_platform_key=False).journal
        found = status_door.ask(folder)
    except PermissionError:
        said = "denied"
    except (TimeoutError, ValueError):
        said = "mute"
    except FileNotFoundError:
        installed = path == INSTALLED or (path.parent / node_slots.STATE).exists()
        if not installed and not path.exists():
            raise  # a name mistyped, and no agent that has ended
    release = None
    if (path.parent / node_slots.STATE).exists():
        release = node_slots.of_node(path.parent).told()
    if found is None:
        if release and release["lost_python"]:
            why = speaker.text("lost", python=release["lost_python"], name=release["active"])
        else:
            service = said == "none" and (path == INSTALLED or release)
            why = speaker.text("stopped" if service else said, file=path)
        print("\n".join(wrapped(why)), file=sys.stderr)
    elif release:
        found["release"] = release
    return found

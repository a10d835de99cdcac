"""``pole check``: every mistake in the settings at once, each with its line."""

import argparse
import json
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.linux import pole_toml

_EPILOG = """\
examples:
  pole check pole.toml
  pole check --json pole.toml       one object: {"ok": ..., "mistakes": [...]}

exit status: 0 all good, 1 mistakes.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "check",
        help="check settings: every mistake at once, with its line",
        description="Check a pole.toml without touching anything. Reports every mistake at once, "
        "each with its line, what was expected and the nearest right word.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check args.settings; 0 if there is nothing to mend."""
    try:
        found = pole_toml.load(args.settings)
    except BadSettings as error:
        if args.json:
            print(json.dumps({"ok": False, "mistakes": [vars(part) for part in error.mistakes]}))
            return 1
        for mistake in error.mistakes:
            print(f"{args.settings}:{mistake.line}: {mistake.where}: {mistake.text}")
        count = len(error.mistakes)
        print(f"{count} mistake{'s' if count > 1 else ''}; nothing was applied")
        return 1
    settings = found.settings
    devices = [device for line in settings.lines for device in line.devices]
    if args.json:
        print(json.dumps({"ok": True, "mistakes": [], "hash": settings.hash.hex()}))
        return 0
    print(f"{args.settings}: all good. Pole {settings.pole_id}, settings {settings.hash.hex()}")
    for line in settings.lines:
        print(f"  line {line.name} ({line.port}, {line.mode})")
        for device in line.devices:
            alarms = "".join(f", alarm on {rule.channel}" for rule in device.alarms)
            print(f"    {device.name}: {device.driver} every {device.every_ms} ms{alarms}")
    print(f"  {len(devices)} devices to {settings.url}, sealed every {settings.seal_ms} ms")
    return 0

"""``pole order``: give a pole a signed order, from the platform or by a certified technician."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.language import LANGUAGES, language
from agent.errors import BadSettings

_EPILOG = """\
examples:
  pole order maintenance CD-JJ-0001 --for 2h --why "new cable" --platform platform
  pole order relay CD-JJ-0001 relays/relay1 off --for 30min --platform platform
  pole order drill CD-JJ-0001 underpass/level --for 10min --platform platform
  pole order reset CD-JJ-0001 underpass/level --platform platform
  pole order settings CD-JJ-0001 new.toml --platform platform
  pole order next-key --platform platform --registry registry.json
  pole order grants li-wei.grants --platform platform
  pole order list --platform platform

By a technician, without network (see `pole authority certify`):
  pole order key li-wei.key > li-wei.pub
  pole order settings CD-JJ-0001 new.toml --from old.toml --key li-wei.key \\
      --grants li-wei.grants --out orders
  pole order apply orders/CD-JJ-0001.order pole.toml

With --platform the platform's key signs, and the order waits there for the device.
A device obeys an order once, and only if it is signed, for it, in time, and newer than
those before. New settings are checked here and there; they are on trial at first, and
taken back where the agent fails under them. `list` tells what waits, what a device has
heard, and what came of it: obeyed, or refused and why. `apply` hands a file to the
agent that runs on this machine.

exit status: 0 done, 1 refused.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "order",
        help="give a pole a signed order: maintenance, a relay, a drill, new settings, ...",
        description="Sign an order to a pole, and let it wait at the platform or write it to a "
        "file; or hand such a file to the agent on this machine.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    maintenance = _signed(actions, "maintenance", "mute a pole's alarms for a while, or end it")
    length = maintenance.add_mutually_exclusive_group(required=True)
    length.add_argument("--for", dest="length", metavar="DURATION", help='such as "2h"')
    length.add_argument("--end", action="store_true")
    maintenance.add_argument("--why", default="", metavar="TEXT")
    relay = _signed(actions, "relay", "switch a siren, sign or barrier for a while")
    relay.add_argument("relay", metavar="DEVICE/RELAY")
    relay.add_argument("state", choices=("on", "off", "auto"), help="auto: as its alarms say")
    relay.add_argument("--for", dest="length", default="1h", metavar="DURATION")
    drill = _signed(actions, "drill", "mark the alarms of one channel as tests for a while")
    drill.add_argument("channel", nargs="?", metavar="DEVICE/CHANNEL")
    drill.add_argument("--for", dest="length", default="10min", metavar="DURATION",
                       help="how long at most (default: 10min)")  # fmt: skip
    drill.add_argument("--end", action="store_true", help="end the one that is on")
    reset = _signed(actions, "reset", "let go of a latched alarm that reads good again")
    reset.add_argument("channel", metavar="DEVICE/CHANNEL")
    settings = _signed(actions, "settings", "bring new settings")
    settings.add_argument("settings", type=Path, metavar="FILE", help="the new pole.toml")
    settings.add_argument("--from", dest="former", type=Path, metavar="FILE",
                          help="the pole.toml that it replaces, with --key")  # fmt: skip
    settings.add_argument("--board", action="store_true",
                          help="the pole is a board, with --key")  # fmt: skip
    next_key = _action(actions, "next-key", "announce the platform's next key to its devices")
    next_key.add_argument("--platform", type=Path, required=True, metavar="FOLDER")
    next_key.add_argument("--registry", type=Path, required=True, metavar="FILE")
    next_key.add_argument("--finish", action="store_true",
                          help="once all have heard of it: let the old key go")  # fmt: skip
    grants = _action(actions, "grants", "let devices hear of a technician's grants, or their end")
    grants.add_argument("grants", type=Path, metavar="FILE")
    grants.add_argument("--platform", type=Path, required=True, metavar="FOLDER")
    key = _action(actions, "key", "make a technician's key; prints its public half")
    key.add_argument("key", type=Path, metavar="FILE")
    listed = _action(actions, "list", "show the orders of a platform, and what came of each")
    listed.add_argument("--platform", type=Path, required=True, metavar="FOLDER")
    apply = _action(actions, "apply", "hand an order file to the agent on this machine")
    apply.add_argument("orders", type=Path, metavar="FILE")
    apply.add_argument("settings", type=Path, metavar="SETTINGS", help="the agent's pole.toml")


def _action(actions: Any, name: str, text: str) -> Any:
    action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    action.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    action.set_defaults(func=_run, action=name)
    return action


def _signed(actions: Any, name: str, text: str) -> Any:
    """An action that signs an order to one pole."""
    action = _action(actions, name, text)
    action.add_argument("pole", metavar="POLE", help="its id in the settings")
    who = action.add_mutually_exclusive_group(required=True)
    who.add_argument("--platform", type=Path, metavar="FOLDER",
                     help="let it wait at the platform with this --data")  # fmt: skip
    who.add_argument("--key", type=Path, metavar="FILE", help="sign with this key, into a file")
    action.add_argument("--grants", type=Path, metavar="FILE", help="with a technician's key")
    action.add_argument("--registry", type=Path, metavar="FILE", help="with the platform's key")
    action.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    action.add_argument("--valid", default="24h", metavar="DURATION",
                        help="how long it may be obeyed (default 24h)")  # fmt: skip
    return action


def _run(args: argparse.Namespace) -> int:
    from agent.cli.order_actions import ACTIONS
    from agent.linux.secrecy import keep_secrets

    keep_secrets()
    try:
        return ACTIONS[args.action](args)
    except BadSettings as error:
        if language(args.lang) == "en":
            raise
        raise BadSettings([_told(mistake) for mistake in error.mistakes]) from None


def _told(mistake: object) -> object:
    """A sentence in Chinese; a Mistake in settings is told by whoever knows its line."""
    from agent.cli.order_texts import in_chinese

    return in_chinese(mistake) if isinstance(mistake, str) else mistake

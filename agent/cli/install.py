"""``pole install``: the agent on a Linux node, from a signed bundle."""

import argparse
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker, complain

if TYPE_CHECKING:
    from provisioning.node.kit import Kit
    from provisioning.node.places import Places

_EPILOG = """\
examples:
  pole install kit.pole --trust release.pub --settings pole.toml
  pole install kit.pole                  an update: the pinned key, the settings that are there
  pole install kit.pole --dry-run        say what would be done
  pole install kit.pole --deadline-hours 240   where the network may be away for ten days
  pole install --use 0.1.0               go back to a version that is still there
  pole install --uninstall               key, settings and journal stay
  pole install kit.pole --root image/    into the files of another system

It needs root, and no network. Versions lie side by side below /opt/pole. A new one is on trial
until the platform has acknowledged a frame: after three crashes or watchdog resets, or so many
hours of running without an acknowledgement, the one before runs again.

exit status: 0 done, 1 refused or failed: the version before runs on.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "install",
        help="install or update the agent of a Linux node, from a signed bundle",
        description="Install the agent as a service: its own user, a version beside the others, a "
        "systemd unit with watchdog, names for serial ports.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("bundle", type=Path, nargs="?", metavar="BUNDLE")
    command.add_argument("--trust", type=Path, metavar="FILE",
                         help="the release key's public half, pinned the first time")  # fmt: skip
    command.add_argument("--settings", type=Path, metavar="FILE",
                         help="the pole.toml of a node that has none yet")  # fmt: skip
    command.add_argument("--root", type=Path, default=Path("/"), metavar="DIR",
                         help="the root of the system to install into (default: /)")  # fmt: skip
    what = command.add_mutually_exclusive_group()
    what.add_argument("--use", metavar="VERSION", help="run a version that is there already")
    what.add_argument("--uninstall", action="store_true", help="take the agent away")
    command.add_argument("--deadline-hours", type=_hours, metavar="N",
                         help="without an acknowledged frame a new version goes back after so many "
                         "hours of running (default: 72)")  # fmt: skip
    command.add_argument("--dry-run", action="store_true", help="say what would be done")
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Plan, then do it, or say it."""
    from provisioning.flashing import reasons
    from provisioning.node.words import NODE_WORDS, NodeFailure

    speaker = Speaker(args.lang, NODE_WORDS)
    try:
        _run(args, speaker)
        return 0
    except PermissionError as error:
        failure = NodeFailure("no-root", path=error.filename)
    except NodeFailure as error:
        failure = error
    values = failure.values
    if "reason" in values:
        values = {**values, "reason": reasons.told(values["reason"], LANGUAGES[speaker.index])}
    complain(f"pole: {speaker.text(failure.code, **values)}")
    return 1


def _hours(text: str) -> int:
    """1 hour to a year."""
    hours = int(text)
    if not 1 <= hours <= 8760:
        raise argparse.ArgumentTypeError("1 to 8760 hours")
    return hours


def _run(args: argparse.Namespace, speaker: Speaker) -> None:
    from provisioning.node import kit
    from provisioning.node.places import Places, alone
    from provisioning.node.words import NodeFailure

    places = Places(args.root.absolute())
    found, trusted = None, b""
    if args.bundle is not None and not (args.use or args.uninstall):
        trusted = kit.trusted_key(places, args.trust)
        found = kit.opened(args.bundle, trusted)
        speaker.say("bundle", file=args.bundle, version=found.version)
    elif not (args.use or args.uninstall):
        raise NodeFailure("no-bundle")
    with contextlib.nullcontext() if args.dry_run else alone(places):
        _carry_out(args, speaker, places, found, trusted)


def _carry_out(
    args: argparse.Namespace,
    speaker: Speaker,
    places: "Places",
    found: "Kit | None",
    trusted: bytes,
) -> None:
    """Plan and do it; nobody else changes anything meanwhile. found: the bundle, if one counts."""
    from provisioning.node.install import HOURS, Installer
    from provisioning.node.places import TRUST

    installer = Installer(places, args.deadline_hours or HOURS)
    name = "-"
    if args.uninstall:
        installer.uninstall()
    elif found is None:
        name = installer.use(args.use)
    else:
        name = installer.install(found, trusted, args.settings)
    if not name:
        speaker.say("same", name=installer.slots.active)
        return
    if args.dry_run:
        speaker.say("plan")
    os.umask(0o022)  # the agent's user reads what root writes
    for step in installer.steps:
        speaker.say(step.code, indent=2, **step.values)
        if not args.dry_run:
            step.do()
    if args.dry_run:
        return
    if args.uninstall:
        speaker.say("removed", state=places.state, trust=places.below(TRUST))
        return
    speaker.say("installed", name=name)
    if not places.settings.exists():
        speaker.say("no-settings", path=places.settings)
    if not places.live:
        speaker.say("image", root=places.root)

"""``pole retire``: the end of a node: a signed farewell, then its keys and journal are wiped."""

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.linux import pole_toml

_EPILOG = """\
examples:
  pole retire pole.toml --serial PB-0001 --yes > farewell.hex
  pole authority retire jinjiang PB-0001 --proof farewell.hex

Stop the agent first. Frames that the platform still lacks are not thrown away: deliver
them, export them (`pole journal --export`), or say --discard.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "retire",
        help="wipe this node's keys and journal, and print the signed proof",
        description="Take this node out of service: print a record that its key signs as its "
        "last, then wipe the keys and the journal.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("--serial", required=True, help="the device's serial, as enrolled")
    command.add_argument("--yes", action="store_true", help="do it: it cannot be undone")
    command.add_argument("--discard", action="store_true", help="also what was not delivered")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Wipe; the exit status."""
    from agent.linux import algorithms, wiping
    from agent.linux.entropy import Entropy
    from agent.linux.flash import FileFlash
    from agent.linux.identity import Identity
    from agent.linux.secrecy import keep_secrets
    from provisioning.authority import records

    keep_secrets()
    found = pole_toml.load(args.settings, need_platform_key=False)
    if not found.key.exists():
        raise BadSettings([f"no key in {found.key}: there is nothing to retire"])
    waiting = _undelivered(found.journal, 1 if found.settings.district is None else 2)
    if waiting and not args.discard:
        raise BadSettings(
            [f"{waiting} frames were not delivered yet: deliver or export them, or say --discard"]
        )
    secrets = wiping.secrets(found.tls, found.oscore)
    secrets += wiping.secrets(found.district_tls, found.district_oscore)
    wiped = ", ".join(str(path) for path in (found.key, *secrets))
    if not args.yes:
        raise BadSettings([f"this wipes {wiped} and {found.journal} for good: say --yes"])
    if found.journal.exists():
        # Refuses while an agent runs on it.
        FileFlash(found.journal, found.settings.journal_size).close()
    identity = Identity(found.key)
    signer = algorithms.signer(found.algorithm, identity.key, Entropy())
    record = records.wiped(signer, args.serial, int(time.time()))
    print(record.hex(), flush=True)
    for path in secrets:
        wiping.wipe(path)
    for folder in (found.oscore, found.district_oscore):
        if folder is not None:
            wiping.remove_context(folder)
    identity.wipe()  # the last of the keys: without it this command does nothing more
    shutil.rmtree(found.journal, ignore_errors=True)
    left = [path for path in (*secrets, found.key, found.journal) if path.exists()]
    for path in left:
        print(f"pole: {path} could not be removed", file=sys.stderr)
    return 1 if left else 0


def _undelivered(folder: Path, platforms: int) -> int:
    """How many frames a platform still lacks."""
    from agent.linux import courier

    if not any(folder.glob("segment-*")):
        return 0
    return len(courier.from_journal(folder, platforms))

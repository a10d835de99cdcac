"""``pole driver table``: the table of all drivers in the documents, made from the code."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.kit import new_driver, table

_EPILOG = """\
examples:
  pole driver table                 for a release
  pole driver table --check         says how it differs, and writes nothing

A new driver does not have to be in it before the next release.

exit status: 0 it is the code's, 1 it is not (--check).
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "table",
        help="renew the table of all drivers in the documents",
        description="Renew docs/drivers/table.md of the checkout that you stand in, from its code.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--check", action="store_true", help="only say how it differs")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Renew the table, or check it."""
    tree = new_driver.tree_of(Path.cwd())
    if tree is None or not (tree / table.PLACE).is_file():
        raise BadSettings(["no checkout of this project with its documents here"])
    stale, missing = table.differences(tree)
    if not args.check:
        table.renew(tree)
    counts = f"{len(stale)} rows stale, {len(missing)} missing"
    print(f"{table.PLACE}: {counts if args.check else 'renewed; ' + counts + ' before'}")
    return 1 if args.check and stale + missing else 0

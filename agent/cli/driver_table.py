"""``pole driver table``: the table of all drivers in the documents, made from the code."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.kit import new_driver, table

_EPILOG = """\
examples:
  pole driver table
  pole driver table --check         says whether it is stale, and writes nothing

exit status: 0 it is the code's, 1 it is stale (--check).
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
    command.add_argument("--check", action="store_true", help="only say whether it is stale")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Renew the table, or check it."""
    tree = new_driver.tree_of(Path.cwd())
    if tree is None:
        raise BadSettings(["no checkout of this project here"])
    if not table.stale(tree):
        print(f"{table.PLACE} is the code's")
        return 0
    if args.check:
        print(f"{table.PLACE} is stale")
        return 1
    table.renew(tree)
    print(f"renewed {table.PLACE}")
    return 0

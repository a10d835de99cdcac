"""``pole commission``: what the technician in front of the box needs beforehand."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples

_EPILOG = """\
examples:
  pole commission code --out page.code     prints a code for the label inside the box
  pole run --settings pole.toml --page 0.0.0.0:8080

pole.toml then says:  [page]
                      listen = "0.0.0.0:8080"
                      code = "page.code"

The page shows everything to everybody; whoever knows the code may bind, write notes, drill alarms
and hand over. FILE holds its salted hash alone: the code stands on the label and nowhere else.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "commission",
        help="make the code that stands inside the box",
        description="Make the code that unlocks the page of a node.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    code = actions.add_parser(
        "code", help="a new code, and its hash", description="A new code, and its hash."
    )
    code.add_argument("--out", type=Path, required=True, metavar="FILE", help="for the hash")
    code.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Make a code; a file that is there already is kept."""
    from agent.linux.commissioning import code

    made = code.make()
    with open(args.out, "x", encoding="ascii") as file:
        file.write(code.hashed(made) + "\n")
    print(f"code for the label inside the box: {made}")
    print(f"its hash is in {args.out}")
    return 0

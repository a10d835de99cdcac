"""``pole driver``: write a driver, test it, and find out what a device's registers mean."""

import importlib
from typing import Any

from agent.cli.help import Examples

_COMMANDS = ("driver_new", "driver_test", "driver_twin", "driver_probe", "driver_table")

_EPILOG = """\
examples:
  pole driver new acme-flow             writes driver, twin and test, all green
  pole driver test acme-flow            runs the contract on it
  pole driver twin acme-flow --port ./rs485         simulates the device
  pole driver probe --port /dev/ttyUSB0 --id 7 --value level=1.234

`pole driver new --help` and so on explain each of them.
"""


def add(subparsers: Any) -> None:
    """Register the command with its parts."""
    command = subparsers.add_parser(
        "driver",
        help="write a driver of your own, and test it",
        description="The integrator's kit: from a datasheet page to a driver that holds the "
        "contract.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    parts = command.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in _COMMANDS:
        importlib.import_module(f"agent.cli.{name}").add(parts)

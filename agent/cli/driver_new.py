"""``pole driver new``: a driver, its twin and its test, green from the first second."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli import driver_test
from agent.cli.help import Examples
from agent.kit import new_driver

_EPILOG = """\
examples:
  pole driver new acme-flow
  pole driver new acme-flow --title "ACME flow meter" --kind "water flow"
  pole driver new acme-gas --protocol serial --package acme_pole

In a checkout of this project it writes the three files where they belong; elsewhere
a package of your own, which settings name by its dotted path. Then it runs the
contract on them.

exit status: 0 written and green, 1 not.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "new",
        help="write a driver, its simulated twin and its test",
        description="Write a driver, its simulated twin and its test, which pass as they stand; "
        "then put the datasheet's table in.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("name", metavar="NAME", help="maker and model, such as acme-flow")
    command.add_argument("--title", default="", help='such as "ACME flow meter"')
    command.add_argument("--kind", default="water level", help="what it measures (water level)")
    command.add_argument("--protocol", choices=new_driver.PROTOCOLS, default="modbus")
    command.add_argument("--package", default="", metavar="NAME", help="a package of your own")
    command.add_argument(
        "--folder", type=Path, default=Path(), metavar="FOLDER", help="where (default: here)"
    )
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and test them; 0 if they are green."""
    folder = args.folder.resolve()
    planned = new_driver.plan(args.name, args.title, args.kind, args.protocol, folder, args.package)
    new_driver.write(planned)
    for path in planned.files:
        print(f"wrote {driver_test.near(path)}")
    status = driver_test.report(planned.test)
    driver, *_ = planned.files
    print(f"Now put the datasheet's table into\n  {driver_test.near(driver)}\n"
          f"replies that you know into\n  {driver_test.near(planned.test)}\n"
          f"and run `pole driver test {planned.driver}`.\n"
          f"Until the device is there its twin answers:\n"
          f"  pole driver twin {planned.driver} --port ./rs485\n"
          f'In settings: driver = "{planned.driver}"')  # fmt: skip
    if planned.package:
        print(f"For a shorter name, in the package's pyproject.toml:\n"
              f'  [project.entry-points."pole.drivers"]\n'
              f"  {args.name} = \"{planned.driver}\"")  # fmt: skip
    return status

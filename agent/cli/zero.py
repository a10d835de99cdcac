"""``pole zero``: how high a ranging sensor hangs, measured on the dry road."""

import argparse
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.linux import pole_toml, whole_files, zero
from agent.linux.quantities import scaled

READINGS = 10
_TRIAL = 15000  # mm; stands in for the mount while it is not known

_EPILOG = """\
examples:
  pole zero pole.toml --device underpass            measure, and say what to write
  pole zero pole.toml --device underpass --write    and write it
  pole zero pole.toml --device drain --distance "3187 mm" --write    by tape measure

The road under the sensor must be dry, and the agent stopped: it holds the line.

exit status: 0 measured, 1 the sensor does not answer, or its distances differ.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "zero",
        help="set the dry road as level 0 of a ranging sensor",
        description="Measure how high a ranging sensor hangs over the dry road, and write it as "
        "mount: level = mount - distance.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("settings", type=Path, metavar="FILE", help="the pole.toml")
    command.add_argument("--device", required=True, metavar="NAME", help="the sensor's name in it")
    command.add_argument("--distance", metavar="LENGTH", help='do not ask the sensor: "3187 mm"')
    command.add_argument(
        "--readings", type=int, default=READINGS, metavar="N", help=f"how many ({READINGS})"
    )
    command.add_argument("--write", action="store_true", help="write mount into the file")
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Measure; say, or write, the mount."""
    text = args.settings.read_text(encoding="utf-8-sig")
    pole_toml.parsed(text)  # before the device is looked for in it
    trial = zero.with_mount(text, args.device, _TRIAL)
    try:
        settings = pole_toml.loads(trial, args.settings.parent, need_platform_key=False).settings
    except BadSettings as error:
        if "line.device.mount: unknown" in str(error):
            sentence = f"{args.device} takes no mount: only a sensor over water has one"
            raise BadSettings([sentence]) from None
        raise
    if args.distance:
        try:
            mount = scaled(args.distance, "m", -3)
        except ValueError as error:
            raise BadSettings([f"--distance: {error}"]) from None
    else:
        line, device = next(
            (line, device) for line in settings.lines for device in line.devices
            if device.name == args.device
        )  # fmt: skip
        found = zero.distances(line, device, max(1, args.readings))
        mount = zero.mount_of(found)
        spread = max(found) - min(found)
        print(f"{args.device}: {mount} mm to the road, {len(found)} readings within {spread} mm")
    changed = zero.with_mount(text, args.device, mount)
    pole_toml.loads(changed, args.settings.parent, need_platform_key=False)
    if args.write:
        whole_files.replace(args.settings, changed.encode("utf-8"))
        print(f'{args.settings}: mount = "{mount} mm" is written; start the agent again')
    else:
        print(f'write mount = "{mount} mm", or do so with --write')
    return 0

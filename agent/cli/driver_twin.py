"""``pole driver twin``: the simulated device of a driver, on a line of this machine."""

import argparse
import importlib
import signal
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from agent.cli import line_options
from agent.cli.help import Examples
from agent.errors import BadSettings
from agent.kit import suite

_EPILOG = """\
examples:
  pole driver twin acme_pole.acme_flow --port ./rs485
  pole driver twin dyp-ultrasonic --port ./rs485 --mode "9600 8N1"

Then `port = "./rs485"` in a pole.toml is a line with that one device: for `pole run`,
`pole doctor` and every other command. While it runs it takes lines such as

  level=2.5           from now on it measures this, in the channel's unit
  fault=silent        or garbage, foreign, refuses; fault= heals it

It feels what twin(log) in the driver's test file gives it. Ctrl-C ends it.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "twin",
        help="let a driver's simulated twin answer on a line",
        description="Serve the simulated twin of a driver on a pseudo-terminal, at real speed: to "
        "run settings against it while the device is not there.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("driver", metavar="FILE", help="its file or test file, or its name")
    command.add_argument("--port", type=Path, required=True, metavar="PATH", help="made for it")
    command.add_argument(
        "--mode", type=line_options.mode_of, help="default: as the device leaves its factory"
    )
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Serve it until Ctrl-C or SIGTERM."""
    from agent import drivers
    from simulators.lines.pty_lines import Lines

    module, folder = suite.module_of(suite.find_test(args.driver))
    sys.path.insert(0, str(folder))
    parts = importlib.import_module(module)
    device = drivers.load(parts.MODEL)
    twin = parts.twin(lambda channel, now, value: None)
    if twin is None:
        raise BadSettings([f"{parts.MODEL} has no twin"])
    if not args.port.parent.is_dir() or (args.port.exists() and not args.port.is_symlink()):
        raise BadSettings([f"{args.port} cannot be made: no folder, or something is there"])
    mode = args.mode or device.line
    options: dict[str, Any] = dict(parts.CASES[0][0])
    channels = {channel.name: channel for channel in device(options).channels}
    lines = Lines()
    lines.add(args.port, mode, [twin])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        lines.start()
        where = f", address {twin.unit}" if hasattr(twin, "unit") else ""
        print(f"{parts.MODEL} answers at {args.port}, {mode}{where}; Ctrl-C ends it")
        print(_felt(twin, channels), flush=True)
        for line in sys.stdin:
            print(_told(twin, channels, line.strip()), flush=True)
        signal.pause()  # it was started without anybody to type
    except KeyboardInterrupt:
        return 0
    finally:
        lines.stop()
    return 0


def _felt(twin: Any, channels: dict[str, Any]) -> str:
    said = []
    for name, felt in twin.signals.items():
        channel = channels.get(name)
        exponent, unit = (channel.exponent, channel.unit) if channel else (0, "")
        said.append(f"{name}={Decimal(felt.value).scaleb(exponent):f} {unit}".rstrip())
    return ", ".join(said)


def _told(twin: Any, channels: dict[str, Any], line: str) -> str:
    """Do what a line says; the answer."""
    from simulators.world.sensors import twin as faults

    known = (faults.HEALTHY, faults.SILENT, faults.GARBAGE, faults.FOREIGN, faults.REFUSES)
    name, _, text = (part.strip() for part in line.partition("="))
    if name == "fault" and text in known:
        twin.fault = text
        return f"fault: {text or 'none'}"
    exponent = channels[name].exponent if name in channels else 0
    try:
        twin.signals[name].jump(int(Decimal(text).scaleb(-exponent)))
    except (KeyError, InvalidOperation):
        return f"expected {' or '.join(f'{part}=NUMBER' for part in twin.signals)} or fault=silent"
    return _felt(twin, channels)

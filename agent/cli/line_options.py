"""What scan, doctor, address and probe share: the line, its recording, and the language."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.cli.speech import LANGUAGES
from agent.kit.recording import RecordedLine, ReplayLine
from agent.kit.wire import RealTime, Wire
from agent.linux.direction import Direction
from agent.linux.line import line_for
from agent.protocols import serial_mode


def add(command: argparse.ArgumentParser, mode: str | None = "9600 8N1") -> None:
    """The arguments of a command that works on a line; mode None where it finds the mode itself."""
    command.add_argument(
        "--port", default="", metavar="PORT",
        help="such as /dev/ttyUSB0, tcp://host:port, or board:/dev/ttyACM0:1 (a board's UART 1)",
    )  # fmt: skip
    if mode is not None:
        command.add_argument(
            "--mode", type=mode_of, default=mode, metavar="MODE", help=f'default "{mode}"'
        )
    command.add_argument(
        "--rts", type=_rts, metavar="LEVEL", help="high or low: RTS while sending, if it switches"
    )
    command.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    command.add_argument("--record", type=Path, metavar="FILE", help="keep all traffic in a file")
    command.add_argument(
        "--replay", type=Path, metavar="FILE", help="work on a recording, without any line"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _rts(text: str) -> Direction:
    if text not in ("high", "low"):
        raise argparse.ArgumentTypeError(f"expected high or low, not {text!r}")
    return Direction(text == "high")


def mode_of(text: str) -> str:
    """A mode such as "9600 8N1"."""
    try:
        serial_mode.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def ids_of(text: str) -> list[int]:
    """Modbus addresses such as "1-16,80": never 0 or above 247, which are everybody's."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise argparse.ArgumentTypeError(f"expected addresses such as 1-16,80, not {text!r}")
        found.update(range(int(first), int(last or first) + 1))
    if not found or min(found) < 1 or max(found) > 247:
        raise argparse.ArgumentTypeError("addresses go from 1 to 247: the others are everybody's")
    return sorted(found)


def _line(port: str, rts: Direction | None, stack: contextlib.ExitStack) -> Any:
    """The Line of a port; a board is given back at the end."""
    if not port.startswith("board:"):
        return line_for(port, rts)
    from provisioning.board_line import BoardLine

    board = BoardLine(port)
    stack.callback(board.release)
    return board


@contextlib.contextmanager
def wire_of(args: argparse.Namespace) -> Iterator[Wire]:
    """The Wire that the arguments name; closed at the end. OSError if there is none."""
    if args.replay:
        replay = ReplayLine(args.replay)
        yield Wire(replay, replay)
        return
    if not args.port:
        raise OSError(2, "expected --port, such as /dev/ttyUSB0")
    time = RealTime()
    with contextlib.ExitStack() as stack:
        line = _line(args.port, args.rts, stack)
        if args.record:
            file = stack.enter_context(open(args.record, "w", encoding="utf-8"))
            line = RecordedLine(line, time, file)
        stack.callback(line.close)
        yield Wire(line, time)

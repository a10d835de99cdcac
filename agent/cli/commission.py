"""``pole commission``: what the technician in front of the box needs beforehand."""

import argparse
import asyncio
import contextlib
import sys
import threading
from pathlib import Path
from typing import Any

from agent.cli import commission_board
from agent.cli.commission_board import served_at
from agent.cli.field_texts import FIELD_TEXTS
from agent.cli.help import Examples
from agent.cli.speech import LANGUAGES, Speaker

_EPILOG = """\
examples:
  pole commission code --out page.code     prints a code for the label inside the box
  pole run --settings pole.toml --page 0.0.0.0:8080
  pole commission board --port /dev/ttyACM0    the page of a board, by its USB port
  pole commission practice run/practice    a simulated pole with its page, to try it all
  pole commission practice run/practice --unattended

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
        help="make the code inside the box; practise with the page",
        description="Make the code that unlocks the page of a node; practise with a simulated one.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    made = actions.add_parser(
        "code", help="a new code, and its hash", description="A new code, and its hash."
    )
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="for the hash")
    made.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    made.set_defaults(func=_code)
    commission_board.add(actions)
    practice = actions.add_parser(
        "practice",
        help="a simulated pole with its page",
        description="A simulated pole, a real node with its page, and a platform. Type a number "
        "and Enter to let the water stand so many mm high; the alarm is at 300. Ctrl-C ends it.",
    )
    practice.add_argument("folder", type=Path, metavar="FOLDER")
    practice.add_argument("--page", default="127.0.0.1:0", type=served_at, metavar="HOST:PORT",
                          help="where to serve the page (default: any free port)")  # fmt: skip
    practice.add_argument("--unattended", action="store_true",
                          help="bind, drill and hand over by itself")  # fmt: skip
    practice.add_argument("--lang", choices=LANGUAGES, help="default: as LANG says")
    practice.set_defaults(func=_practice)


def _code(args: argparse.Namespace) -> int:
    """Make a code; a file that is there already is kept."""
    from agent.linux.commissioning import code

    made, speaker = code.make(), Speaker(args.lang, FIELD_TEXTS)
    try:
        with open(args.out, "x", encoding="ascii") as file:
            file.write(code.hashed(made) + "\n")
    except FileExistsError:
        speaker.complain("code-there", file=args.out)
        return 1
    speaker.say("code", code=made)
    speaker.say("hash", file=args.out)
    return 0


def _practice(args: argparse.Namespace) -> int:
    """Run until Ctrl-C, the end of standard input, or the end of the rehearsal."""
    from simulators.demo.practice import NotStarted, Practice, rehearse
    from simulators.free_port import free_port

    pole, speaker = Practice(args.folder, args.page), Speaker(args.lang, FIELD_TEXTS)

    async def serve() -> None:
        platform = None
        try:
            platform = await pole.start(free_port())
            assert platform.page is not None
            speaker.say("page", url=pole.url, code=pole.code)
            speaker.say("platform", url=platform.page.url)
            speaker.say("label", label=pole.label)
            if args.unattended:
                sheet = args.folder / "handover.html"
                await asyncio.to_thread(rehearse, pole, sheet, speaker.say)
            else:
                await _listen(pole)
        finally:
            await asyncio.to_thread(pole.stop)
            if platform is not None:
                await platform.stop()

    try:
        asyncio.run(serve())
    except NotStarted as error:
        speaker.complain(error.code, page=args.page, settings=args.folder / "pole.toml")
        return 1
    return 0


async def _listen(pole: Any) -> None:
    """Flood the pole to the mm that are typed, until standard input ends."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def listen() -> None:
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as typed:
            for line in typed:
                if line.strip().isdigit():
                    pole.flood(int(line))
        with contextlib.suppress(RuntimeError):  # the loop was over first
            loop.call_soon_threadsafe(over.set)

    # No thread of the loop's: at Ctrl-C those are waited for, and nothing ends a terminal's read.
    # Nor a buffered read: the interpreter cannot end while a thread holds that.
    threading.Thread(target=listen, daemon=True).start()
    await over.wait()

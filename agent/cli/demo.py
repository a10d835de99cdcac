"""``pole demo``: two simulated poles through an outage, a flood and two kills."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.cli.platform import host_and_port

_EPILOG = """\
examples:
  pole demo
  pole demo --carrier mqtt            through a mosquitto of its own
  pole demo --keep                    keeps running for a person to watch
  pole demo --keep --web 0.0.0.0:8080    for a phone in the same network, too

The last line is one JSON object. Exit status 0 only if nothing was lost, invented,
stored twice or refused, and every alarm arrived.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "demo",
        help="watch two simulated poles through an outage, a flood and two kills",
        description="Run the main job on this machine: a Linux pole and a MicroPython board, four "
        "sensors each, report to a platform. The network goes away, an underpass floods, and each "
        "agent is killed and starts again. At the end every reading is accounted for.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--carrier", choices=("coap", "mqtt"), default="coap")
    command.add_argument("--keep", action="store_true", help="keep running until Ctrl-C")
    command.add_argument("--folder", type=Path, default=Path("run/demo"), metavar="FOLDER")
    command.add_argument(
        "--web", type=host_and_port, metavar="HOST:PORT",
        help="where to serve the page (default: 127.0.0.1, any free port)",
    )  # fmt: skip
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Tell the story; 0 if the books are clean."""
    from simulators.demo.story import Story

    began = time.monotonic()
    terminal = sys.stdout.isatty()

    def say(text: str, passing: bool = False) -> None:
        line = f"{time.monotonic() - began:6.1f} s  {text}"
        if terminal:
            print(f"\r\x1b[2K{line}", end="" if passing else "\n", flush=True)
        else:
            print(line, flush=True)

    async def main() -> dict[str, Any]:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        story = Story(args.folder.resolve(), args.carrier, args.web, say)
        try:
            await story.prepare()
            await story.tell()
            if args.keep:
                say("running on; Ctrl-C ends it")
                with contextlib.suppress(asyncio.CancelledError):
                    await story.keep()
            return await story.end()
        except BaseException:
            await story.abort()
            raise

    try:
        summary = asyncio.run(main())
    except asyncio.CancelledError:
        print("ended before its time: nothing to settle")
        return 130
    print(_account(summary))
    print(json.dumps(summary))
    wrong = ("lost", "invented", "duplicates", "bad_signatures")
    clean = not any(summary[name] for name in wrong)
    arrived = summary["alarms_made"] == summary["alarms_received"] > 0
    return 0 if clean and arrived else 1


def _account(summary: dict[str, Any]) -> str:
    """The books in words."""
    return (
        f"Of {summary['readings_made']} readings {summary['readings_received']} arrived. "
        f"{summary['unsealed_lost']} were not sealed yet when an agent was killed;\n"
        f"{summary['lost']} were lost, {summary['invented']} invented, "
        f"{summary['bad_signatures']} badly signed. "
        f"{summary['alarms_received']} of {summary['alarms_made']} alarms arrived."
    )

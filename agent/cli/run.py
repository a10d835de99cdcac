"""``pole run``: this node's agent."""

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.linux import pole_toml

_EPILOG = """\
examples:
  pole run --settings pole.toml
  pole run --settings pole.toml --json        one event a line, for a script

Ctrl-C or SIGTERM ends it in order: what is open is sealed, stored and, where the
network allows, delivered. A kill -9 or a power cut loses at most the interval
that was not sealed yet (seal_every).
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "run",
        help="run the agent of this node",
        description="Run this node's agent: read the sensors, keep every reading, sign it, and "
        "deliver it to the platform.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--settings", type=Path, required=True, metavar="FILE")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.add_argument(
        "--trust-clock",
        action="store_true",
        help="take the system clock for right, even where the kernel cannot tell",
    )
    command.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    found = pole_toml.load(args.settings)

    def log(topic: str, text: str) -> None:
        if args.json:
            event = {"utc_ms": time.time_ns() // 1_000_000, "topic": topic, "text": text}
            print(json.dumps(event), flush=True)
        else:
            print(f"{time.strftime('%H:%M:%S')} {topic}: {text}", file=sys.stderr, flush=True)

    async def main() -> None:
        from agent.linux.node import Node

        node = Node(found, log, args.trust_clock)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        settings = found.settings
        log("run", f"pole {settings.pole_id} to {settings.url}")
        await node.run(stop)
        log("run", "stopped in order")

    asyncio.run(main())
    return 0

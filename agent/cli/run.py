"""``pole run``: this node's agent."""

import argparse
import asyncio
import dataclasses
import errno
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.help import Examples
from agent.linux import pole_page, settings_files
from agent.linux.secrecy import keep_secrets
from agent.linux.service import Service
from agent.protocols import urls

if TYPE_CHECKING:
    from agent.linux.metrics import Exporter
    from agent.linux.node import Node

_EPILOG = """\
examples:
  pole run pole.toml
  pole run pole.toml --json                   one event a line, for a script
  pole run pole.toml --page 0.0.0.0:8080      the page for a phone beside it
  pole run pole.toml --metrics 127.0.0.1:9101

`pole status pole.toml` tells what it does. Under systemd it says when it is
ready, and that it is alive.

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
    settings = command.add_mutually_exclusive_group(required=True)
    settings.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the pole.toml")
    settings.add_argument("--settings", type=Path, metavar="FILE", help="the same")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.add_argument(
        "--trust-clock",
        action="store_true",
        help="take the system clock for right, even where the kernel cannot tell",
    )
    command.add_argument(
        "--metrics", type=_place, metavar="HOST:PORT", help="serve the status to Prometheus there"
    )
    command.add_argument(
        "--page", type=_page, metavar="HOST:PORT", help="serve the node's own page there"
    )
    command.set_defaults(func=run)


def _page(text: str) -> tuple[str, int]:
    try:
        return pole_page.address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _place(text: str) -> tuple[str, int]:
    try:
        if ":" not in text:
            raise ValueError("no port")
        _, _, _, host, port = urls.parse(f"tcp://{text}")
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected 127.0.0.1:9101, not {text!r}") from None
    return host, port


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    keep_secrets()
    path: Path = args.settings or args.file
    found, trial = settings_files.load(path)
    service = Service()
    exporter = _exporter(args.metrics)
    if args.page:
        host, port = args.page
        code = found.page.code if found.page else ""
        found = dataclasses.replace(found, page=pole_page.PageSettings(host, port, code))

    def log(topic: str, text: str) -> None:
        if args.json:
            event = {"utc_ms": time.time_ns() // 1_000_000, "topic": topic, "text": text}
            print(json.dumps(event), flush=True)
        else:
            print(f"{time.strftime('%H:%M:%S')} {topic}: {text}", file=sys.stderr, flush=True)

    async def main() -> bool:
        from agent.linux.node import Node

        node = Node(found, log, args.trust_clock)
        node.follow_orders(path, found, trial)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            service.stopping()
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        settings = found.settings
        scheme, _, _, host, port = urls.parse(settings.url)
        log("run", f"pole {settings.pole_id} to {scheme}://{host}:{port}")
        serving = exporter(node, loop)
        node.beat = _beat(node, stop, service, log)
        service.ready()
        await node.run(stop)
        if serving is not None:
            serving.close()
        log("run", "stopped in order")
        return bool(node.agent.restart)

    if settings_files.restarts(lambda: asyncio.run(main()), trial):
        log("run", "starts again, with other settings")
        settings_files.start_again()
    return 0


def _beat(
    node: "Node", stop: asyncio.Event, service: Service, log: Callable[[str, str], None]
) -> Callable[[], None]:
    """What is done every second; and the version that runs, if on trial, is confirmed."""
    from agent.linux import release

    version = release.of_this_process(log)
    if version is None:
        return service.alive
    version.attach(node.agent.ports.journal)

    def beat() -> None:
        service.alive()
        if version.look():
            stop.set()

    return beat


def _exporter(
    place: tuple[str, int] | None,
) -> Callable[["Node", asyncio.AbstractEventLoop], "Exporter | None"]:
    """What serves the status of a node to Prometheus, or does nothing. OSError, before anything
    else has begun, where the package for it is missing."""
    if place is None:
        return lambda node, loop: None
    try:
        from agent.linux import metrics, status
    except ImportError:
        raise OSError(
            errno.ENOPKG,
            "--metrics needs prometheus-client: pip install 'pole-agent[metrics]', or leave it out",
        ) from None
    return lambda node, loop: metrics.Exporter(*place, loop, lambda: status.snapshot(node))

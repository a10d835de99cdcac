"""``pole platform``: the platform simulator, with its live page."""

import argparse
import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import Any

from agent.cli.help import Examples
from agent.errors import AgentError, BadSettings

_EPILOG = """\
examples:
  pole platform --registry registry.json
  pole platform --registry registry.json --mqtt mqtt://127.0.0.1:1883 --data ./platform

The registry names the devices and their public keys; it is read again when it changes.
The platform's own key is made at the first start; its public half is what
`platform_key` in a pole.toml wants.
"""


def add(subparsers: Any) -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "platform",
        help="run the platform simulator: takes frames, proves them, shows them",
        description="Run the platform simulator: it takes frames by CoAP and from an MQTT broker, "
        "verifies them, stores them in SQLite, answers with signed acknowledgements, and serves a "
        "live page.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    command.add_argument("--registry", type=Path, required=True, metavar="FILE")
    command.add_argument(
        "--data", type=Path, default=Path("platform"), metavar="FOLDER",
        help="where key and database live (default: ./platform)",
    )  # fmt: skip
    command.add_argument(
        "--coap", type=host_and_port, default=("127.0.0.1", 5683), metavar="HOST:PORT",
        help="where to listen for CoAP (default: 127.0.0.1:5683)",
    )  # fmt: skip
    command.add_argument(
        "--oscore", type=Path, metavar="FOLDER",
        help="security contexts, one folder a device: then CoAP takes nothing in the clear",
    )  # fmt: skip
    command.add_argument("--mqtt", metavar="URL", help="a broker, such as mqtt://127.0.0.1:1883")
    command.add_argument(
        "--web", type=host_and_port, default=("127.0.0.1", 8080), metavar="HOST:PORT",
        help="where to serve the page (default: 127.0.0.1:8080)",
    )  # fmt: skip
    command.set_defaults(func=run)


def host_and_port(text: str) -> tuple[str, int]:
    """The two of an argument such as 127.0.0.1:8080."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, not {text!r}")
    return host, int(port)


def _free(place: tuple[str, int], kind: socket.SocketKind, option: str) -> None:
    """BadSettings if somebody listens there. Two CoAP servers would share a port without a word,
    and each get some of the frames."""
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:  # a server that has just ended is no hindrance
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place[0].strip("[]"), place[1]))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BadSettings([f"{option} {place[0]}:{place[1]}: {reason}"]) from None


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    from agent.linux.keys import load_or_create
    from agent.linux.secrecy import keep_secrets
    from agent.protocols import sm2
    from provisioning import registry
    from simulators.platform.service import Platform

    keep_secrets()
    _free(args.coap, socket.SOCK_DGRAM, "--coap")
    _free(args.web, socket.SOCK_STREAM, "--web")
    devices = registry.load(args.registry)
    args.data.mkdir(parents=True, exist_ok=True)
    key = load_or_create(args.data / "platform.key")
    public = sm2.public_key(key)
    (args.data / "platform.pub").write_text(public.hex() + "\n", encoding="ascii")

    async def serve() -> None:
        contexts = sorted(args.oscore.iterdir()) if args.oscore else ()
        platform = Platform(
            devices, key, args.data / "platform.db", args.coap, args.mqtt, args.web, contexts,
            _next_key(args.data),
        )  # fmt: skip
        await platform.start()
        assert platform.page is not None
        print(f"platform key: {args.data / 'platform.pub'}")
        print(f"CoAP at coap://{args.coap[0]}:{args.coap[1]}, page at {platform.page.url}")
        stop = asyncio.Event()
        following = asyncio.ensure_future(_follow(platform, args.registry, args.data))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        with contextlib.suppress(asyncio.CancelledError):
            await stop.wait()
        following.cancel()
        await platform.stop()

    asyncio.run(serve())
    return 0


def _next_key(folder: Path) -> int | None:
    """The key that `pole order next-key` made, if it did."""
    from agent.linux.keys import load_or_create

    path = folder / "platform.next.key"
    return load_or_create(path) if path.exists() else None


async def _follow(platform: Any, path: Path, folder: Path) -> None:
    """Use the registry anew whenever its file changes; a damaged one is said, and not used. The
    next key is used once it is there."""
    from provisioning import registry

    seen = path.stat().st_mtime_ns
    while True:
        await asyncio.sleep(1)
        if platform.ingest.desk.next_signer is None:
            platform.rotate_to(_next_key(folder))
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != seen:
                seen = stamp
                platform.use(registry.load(path))
                print(f"registry {path} read again")
        except (OSError, AgentError) as error:
            print(f"registry {path} not read: {error}")

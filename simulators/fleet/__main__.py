"""``python -m simulators.fleet``: so many poles in real time; says what came of it."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from simulators.fleet import sensors
from simulators.fleet.run import Fleet


async def _live(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    fleet = Fleet(folder, args.poles, args.hosts)
    try:
        await fleet.start(args.ramp, args.seconds, args.seal)
        print(f"{args.poles} poles, {sensors.SENSORS} sensors each: {fleet.processes}")
        return await fleet.finish()
    finally:
        await fleet.abort()


def main() -> int:
    """0 if nothing was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators.fleet",
        description="Poles in real time against a mosquitto and the platform simulator: each with "
        "its whole core, its own key, connection and journal.",
    )
    parser.add_argument("--poles", type=int, default=100, metavar="N", help="default: 100")
    parser.add_argument("--hosts", type=int, default=1, metavar="N",
                        help="processes that share them (default: 1)")  # fmt: skip
    parser.add_argument("--ramp", type=float, default=5, metavar="S",
                        help="seconds over which they start (default: 5)")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=60, metavar="S",
                        help="how long they live after that (default: 60)")  # fmt: skip
    parser.add_argument("--seal", type=int, default=60, metavar="S",
                        help="seconds of readings in a frame (default: 60)")  # fmt: skip
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_live(args, Path(folder)))
    for name, value in found.items():
        print(f"{name}: {value}")
    return 0 if not_lost(found) else 1


def not_lost(found: dict[str, Any]) -> bool:
    """Whether the platform has every frame and every reading, once."""
    stored = found["stored"]
    return bool(
        found["delivered"] and stored["frames"] == found["sealed"]
        and stored["readings"] - stored["without_value"] == found["measured"]
        and stored["twice"] == stored["incidents"] == stored["gaps"] == 0
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

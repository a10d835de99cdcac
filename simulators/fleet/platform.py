"""The platform of a fleet as a process of its own.

``python -m simulators.fleet.platform URL COUNT DATABASE`` says "ready" once its door is open; when
its input ends, it closes, and prints one line of JSON: what it has stored.
"""

import asyncio
import json
import sys

from simulators.fleet import keys
from simulators.platform.service import Platform

OPEN_S = 60


async def _serve(url: str, count: int, database: str) -> dict[str, int]:
    platform = Platform(keys.registry(count), keys.PLATFORM, database, mqtt=url)
    await platform.start()
    for door in platform.doors:
        await asyncio.wait_for(door.subscribed.wait(), OPEN_S)  # type: ignore[union-attr]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    store = platform.store
    found = {
        "frames": platform.ingest.frames,
        "repeats": platform.ingest.repeats,
        "readings": store.count("readings"),
        "without_value": store.rows("SELECT COUNT(*) FROM readings WHERE value IS NULL")[0][0],
        "twice": store.stored_twice(),
        "incidents": store.count("incidents"),
        "gaps": store.count("gaps"),
    }
    await platform.stop()
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))), flush=True)

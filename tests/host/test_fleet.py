"""A small fleet: real sockets, a real broker, every pole with its own core, key and journal."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from agent.protocols import sm2
from simulators.demo import broker
from simulators.fleet import keys
from simulators.fleet.__main__ import not_lost
from simulators.fleet.run import Fleet

POLES = 5


async def _live(folder: Path) -> dict[str, Any]:
    fleet = Fleet(folder, POLES, hosts=2)
    try:
        await fleet.start(ramp_s=0.5, seconds=2, seal_s=1)
        assert len(fleet.processes) == 4
        return await fleet.finish()
    finally:
        await fleet.abort()


def test_the_platform_gets_all_that_a_fleet_seals(tmp_path: Path) -> None:
    if broker.find() is None and not os.environ.get("CI"):
        pytest.skip("mosquitto is not installed")
    found = asyncio.run(_live(tmp_path))
    assert found["poles"] == POLES
    assert found["stored"]["frames"] >= 3 * POLES  # each tells its boot, its status, its schema
    assert not_lost(found), found


def test_a_fleet_knows_its_poles() -> None:
    registry = keys.registry(3)
    assert len({keys.private_key(number) for number in range(3)}) == 3
    for device in registry.devices:
        assert registry.by_kid(sm2.kid(device.public[0])) is device
    assert registry.by_kid(b"nobody's") is None


@pytest.mark.parametrize("name", ["sealed", "measured"])
def test_a_loss_is_seen(name: str) -> None:
    stored = {"frames": 9, "readings": 22, "without_value": 0, "twice": 0, "incidents": 0,
              "gaps": 0}  # fmt: skip
    found = {"delivered": True, "sealed": 9, "measured": 22, "stored": stored}
    assert not_lost(found)
    assert not not_lost(found | {name: 23})

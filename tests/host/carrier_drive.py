"""Drives carriers of both edges alike, inside asyncio."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from agent.events import CARRIER_HOP, CARRIER_UP
from agent.linux import coap as linux_coap
from agent.linux import mqtt as linux_mqtt
from agent.protocols import carriage
from board import coap as board_coap
from board import mqtt as board_mqtt
from simulators.world.dice import Dice
from tests.host.carrier_servers import PATIENCE_MS, now_ms

Events = list[tuple[int, Any]]


def board_coap_carrier(url: str, device: str) -> Any:
    return board_coap.Carrier(url, device, Dice(now_ms()))


MQTT = {
    "board": board_mqtt.Carrier,
    "linux": partial(linux_mqtt.Carrier, window=carriage.WINDOW),
}
COAP = {"board": board_coap_carrier, "linux": linux_coap.Carrier}


async def until(
    carrier: Any,
    wanted: Callable[[Events], Any],
    events: Events | None = None,
    clock: Callable[[], int] = now_ms,
) -> Events:
    """Poll until wanted(events); returns them."""
    found: Events = [] if events is None else events
    end = now_ms() + PATIENCE_MS
    while True:
        found.extend(carrier.poll(clock()))
        if wanted(found):
            return found
        assert now_ms() < end, f"waited in vain: {found} {carrier.last_error}"
        await asyncio.sleep(0.002)


def details(events: Events, kind: int) -> list[Any]:
    return [detail for event, detail in events if event == kind]


async def up(carrier: Any) -> None:
    carrier.connect(now_ms())
    assert (await until(carrier, bool))[0][0] == CARRIER_UP


async def delivered(carrier: Any, wake: asyncio.Event, count: int) -> Events:
    """Offer count frames and poll only when the carrier wakes; its events, once all are there."""
    events: Events = []
    token = 0
    while len(details(events, CARRIER_HOP)) < count:
        await asyncio.wait_for(wake.wait(), PATIENCE_MS / 1000)
        wake.clear()
        events.extend(carrier.poll(now_ms()))
        while carrier.room() and token < count:
            carrier.offer(1, bytes(1000), token)
            token += 1
    return events


async def end(carrier: Any) -> None:
    carrier.close()
    if hasattr(carrier, "wait_closed"):
        await carrier.wait_closed()


async def close_at_any_moment(make: Callable[[], Any]) -> None:
    """Close carriers of make() after 0 to 19 steps of work; nothing may be left running."""
    for step in range(20):
        carrier = make()
        carrier.connect(now_ms())
        for _ in range(step):
            carrier.poll(now_ms())
            if carrier.room():
                carrier.offer(1, b"frame", step)
            await asyncio.sleep(0.0005)
        carrier.close()
        if step % 2:
            carrier.connect(now_ms())
        await end(carrier)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What asyncio found wrong: tasks destroyed while pending, exceptions nobody took."""
    return [
        record.message
        for record in caplog.records
        if record.name == "asyncio" and record.levelno >= logging.ERROR
    ]

"""Channels that report by exception on the platform: alive by the age that the holdings tell."""

from typing import Any

import pytest

from agent import frame
from agent.reading import DIAGNOSTIC, TELEMETRY
from tests.host.test_ingest import NOW, POLE, Door

HEARTBEAT = 900_000
SCHEMA = {1: 2000, 2: 5000, 3: [["well", "dyp-ultrasonic", 1]],
          4: [[0, "level", "m", -3, 1]], 5: HEARTBEAT}  # fmt: skip
IDENTITY = frame.schema_id(SCHEMA)


@pytest.fixture()
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    door = Door(monkeypatch)
    door.send(door.seal(TELEMETRY, 1, {frame.KIND: frame.SCHEMA_FRAME, frame.BODY: SCHEMA}))
    rows = frame.RowBuffer(IDENTITY, 1)
    rows.add(NOW, [118], [0])
    door.send(door.seal(TELEMETRY, 2, rows.fields(1)))
    return door


def beacon(door: Door, age: int, next_seq: int = 3) -> None:
    body = {1: [[0, 1, 1], [1, 1, next_seq], [2, 1, 1]], 2: 60_000, 3: [[IDENTITY, age]]}
    door.send(door.seal(DIAGNOSTIC, None, {frame.KIND: frame.HOLDINGS, frame.BODY: body}))


def channel(door: Door) -> dict[str, Any]:
    (shown,) = door.view.state(door.now)["poles"][0]["channels"]
    return dict(shown)


def test_what_is_read_and_unchanged_is_live_with_both_ages(door: Door) -> None:
    assert channel(door)["looked"] is None
    door.now += 600_000
    assert channel(door)["state"] == "unknown"
    beacon(door, 1500)
    shown = channel(door)
    assert (shown["state"], shown["value"]) == ("live", 118)
    assert (shown["time"], shown["looked"]) == (NOW, door.now - 1500)


def test_an_old_look_is_no_sign_of_life(door: Door) -> None:
    door.now += 600_000
    beacon(door, 300_000)
    assert channel(door)["state"] == "unknown"


def test_a_beacon_before_its_rows_says_nothing_of_them(door: Door) -> None:
    door.now += 600_000
    beacon(door, 1500, next_seq=4)
    assert door.ingest.looked == {} and channel(door)["state"] == "unknown"
    assert POLE in [pole["id"] for pole in door.view.state(door.now)["poles"]]


def test_what_the_status_says_of_lines_and_rations_is_shown(door: Door) -> None:
    def pole() -> dict[str, Any]:
        return dict(door.view.state(door.now)["poles"][0])

    assert (pole()["behind"], pole()["rationed"]) == ([], "")
    body = {1: "1", 2: b"", 9: [4, 0, "the data budget of the day is spent"], 12: [["rs485", 17]]}
    door.send(door.seal(DIAGNOSTIC, 1, {frame.KIND: frame.STATUS, frame.BODY: body}))
    assert pole()["behind"] == [["rs485", 17]]
    assert pole()["rationed"] == "the data budget of the day is spent"

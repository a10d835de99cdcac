"""Alarm frames as docs/wire-format.md gives them: the state beneath, and what a reader refuses."""

from typing import Any

import cbor2
import pytest

from agent import frame, frame_reader, reading
from agent.errors import BadFrame
from tests.host.micropython import ROOT
from tests.host.test_ingest import Door
from tests.host.test_wire_format import PAGE


def body(**changes: Any) -> dict[int, Any]:
    """The body of an alarm that is blind, raised beneath."""
    fields = {1: "underpass", 2: "level", 3: 2, 4: None, 5: -3, 6: "m", 7: 10, 8: [1, 300],
              9: bytes(8), 10: 1}  # fmt: skip
    return fields | {int(key[1:]): value for key, value in changes.items()}


def payload(fields: dict[int, Any]) -> bytes:
    return frame.payload(1, 0, 1, 1, 5000, 0, {frame.KIND: frame.ALARM_FRAME, frame.BODY: fields})


# As bytes: what a device sends for a blind alarm that was raised before it went blind.
VECTOR = bytes.fromhex(
    "a7 01 01 02 00 03 01 04 01 05 05 06 191388 0c"
    "aa 01 69756e64657270617373 02 656c6576656c 03 02 04 f6 05 22 06 616d 07 0a"
    "08 82 01 19012c 09 480000000000000000 0a 01"
)


def test_a_blind_alarm_tells_the_state_beneath() -> None:
    assert payload(body()).hex() == VECTOR.hex()
    assert cbor2.loads(VECTOR)[12] == body()
    assert frame_reader.decode(VECTOR).body[10] == frame.RAISED
    assert "10, where 3 hides it, the state beneath" in PAGE
    assert "11, where an alarm that latches has cleared, who came" in PAGE


@pytest.mark.parametrize("changes", [{"k3": 5}, {"k10": 5}, {"k10": "raised"}, {"k8": [1]}])
def test_states_that_do_not_exist_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        frame_reader.decode(payload(body(**changes)))


# Maintenance for two hours, begun by "Li".
MAINTENANCE = bytes.fromhex(
    "a7 01 01 02 00 03 02 04 01 05 08 06 191388 0c a4 01 01 02 62 4c69 03 65 6361626c65"
    "04 1a 006ddd00"
)


def test_maintenance_is_as_the_page_says() -> None:
    fields = {1: 1, 2: "Li", 3: "cable", 4: 7_200_000}
    told = {frame.KIND: frame.MAINTENANCE, frame.BODY: fields}
    assert frame.payload(1, 0, 2, 1, 5000, 0, told).hex() == MAINTENANCE.hex()
    assert cbor2.loads(MAINTENANCE)[12] == frame_reader.decode(MAINTENANCE).body == fields
    assert "**8 maintenance** (lane 0)" in PAGE
    del fields[4]
    with pytest.raises(BadFrame):
        frame_reader.decode(frame.payload(1, 0, 2, 1, 5000, 0, told))


def test_the_view_tells_maintenance_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch)

    def shown() -> Any:
        return door.view.state(door.now)["poles"][0]["maintenance"]

    def send(seq: int, on: int, left: int, quality: int = reading.SYNCED) -> None:
        fields = {frame.KIND: frame.MAINTENANCE,
                  frame.BODY: {1: on, 2: "Li", 3: "cable", 4: left}}  # fmt: skip
        time = door.now if quality == reading.SYNCED else 5000
        door.send(door.seal(reading.ALARM, seq, fields, time=time, quality=quality))

    assert shown() is None
    send(1, 1, 60_000)
    assert shown() == {"who": "Li", "why": "cable", "until": door.now + 60_000}
    door.now += 59_999
    assert shown()
    door.now += 1
    assert shown() is None
    send(2, 1, 60_000, reading.UNSYNCED)
    assert shown()["until"] == door.now + 60_000
    send(3, 0, 50_000)
    assert shown() is None


def test_the_qualities_are_those_of_the_page() -> None:
    for code, name in reading.QUALITY_NAMES.items():
        assert f"| {code} | {name}" in PAGE, name


def test_the_view_tells_both_states_and_the_most_urgent_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = Door(monkeypatch)
    told = [body(k2="a"), body(k2="b", k3=4), body(k2="c"), body(k2="d", k3=0)]
    for seq, fields in enumerate(told, 1):
        if fields[2] != "c":
            del fields[10]
        door.send(
            door.seal(reading.ALARM, seq, {frame.KIND: frame.ALARM_FRAME, frame.BODY: fields})
        )
    shown = [(part["channel"], part["state"], part["beneath"])
             for part in door.view.state(door.now)["alarms"]]  # fmt: skip
    assert shown == [
        ("c", "blind", "raised"),
        ("a", "blind", None),
        ("d", "pending", None),
        ("b", "cleared", None),
    ]


# relay1 was to be on by the level's alarm, and was read back off.
ACTUATION = bytes.fromhex(
    "a7 01 01 02 00 03 02 04 01 05 09 06 191388 0c"
    "a7 01 66 72656c617973 02 66 72656c617931 03 01 04 00 05 65 616c61726d"
    "06 6f 756e646572706173732f6c6576656c 07 60"
)


def test_an_actuation_tells_what_was_wanted_and_what_was_read_back() -> None:
    fields: dict[int, Any] = {1: "relays", 2: "relay1", 3: 1, 4: 0, 5: "alarm",
                              6: "underpass/level", 7: ""}  # fmt: skip
    told = {frame.KIND: frame.ACTUATION, frame.BODY: fields}
    assert frame.payload(1, 0, 2, 1, 5000, 0, told).hex() == ACTUATION.hex()
    assert cbor2.loads(ACTUATION)[12] == frame_reader.decode(ACTUATION).body == fields
    assert "**9 actuation** (lane 0)" in PAGE
    fields[4] = None
    assert frame_reader.decode(frame.payload(1, 0, 2, 1, 5000, 0, told)).body[4] is None
    for state in (2, -1, "on"):
        fields[3] = state
        with pytest.raises(BadFrame):
            frame_reader.decode(frame.payload(1, 0, 2, 1, 5000, 0, told))


def test_the_view_tells_the_last_of_each_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch)
    for seq, (relay, found) in enumerate([("relay1", 1), ("relay2", 0), ("relay1", None)], 1):
        fields = {1: "relays", 2: relay, 3: 1, 4: found, 5: "alarm", 6: "x/level", 7: ""}
        told = {frame.KIND: frame.ACTUATION, frame.BODY: fields}
        door.send(door.seal(reading.ALARM, seq, told))
    shown = door.view.state(door.now)["poles"][0]["relays"]
    assert [(part["relay"], part["wanted"], part["found"]) for part in shown] == [
        ("relay1", 1, None),
        ("relay2", 1, 0),
    ]


def test_every_cause_of_the_code_stands_on_the_page() -> None:
    source = (ROOT / "agent" / "actuation.py").read_text(encoding="utf-8")
    causes = {"stopped", "order", "maintenance", "alarm", "least time", "not readable", "no alarm",
              "changed", "hand", "hand back"}  # fmt: skip
    text = " ".join(PAGE.split())
    for cause in causes:
        assert f'"{cause}"' in source and f"`{cause}`" in text, cause

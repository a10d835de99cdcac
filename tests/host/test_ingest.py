"""The platform's door: genuine frames in once, forgeries out, answers only after the commit."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from agent import frame
from agent.protocols import cose
from agent.protocols.cose import ALG_SM2_SM3
from agent.reading import ALARM, DIAGNOSTIC, NO_REPLY, SYNCED, TELEMETRY, UNSYNCED
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.ingest import Ingest
from simulators.platform.store import Store
from simulators.platform.view import View
from simulators.world.signer import DigestSigner, DigestVerifier

POLE = "CD-JJ-0001"
EPOCH = 77
SCHEMA = {1: 2000, 2: 5000, 3: [["underpass", "dyp-ultrasonic", 1]],
          4: [[0, "level", "m", -3, 1], [0, "temperature", "Cel", -1, 0]]}  # fmt: skip
NOW = 1_790_000_000_000


class Door:
    """An ingest with one registered device and a clock that a test may turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.device = DigestSigner(b"device")
        self.platform = DigestSigner(b"platform")
        self.now = NOW
        registry = Registry([RegisteredDevice(POLE, "Jinjiang", [b"\x04" + bytes(64)])])
        found = registry.devices[0]
        monkeypatch.setattr(
            registry, "by_kid", lambda kid: found if kid == self.device.kid else None
        )
        self.store = Store(":memory:")
        self.ingest = Ingest(
            self.store, registry, DigestVerifier([b"device"]), self.platform, lambda: self.now
        )
        self.view = View(self.store, self.ingest, registry)

    def send(self, data: bytes, device: str = POLE, ask: bool = False) -> Any:
        """Give a frame in; the acknowledgement that came back, or None."""
        downlinks = self.ingest.receive(device, data, "coap", ask)
        if not downlinks:
            return None
        return frame.decode_downlink(cose.open1(downlinks[0], DigestVerifier([b"platform"])))

    def seal(self, lane: int, seq: int | None, fields: dict[int, Any], boot: int = 1,
             time: int = NOW, quality: int = SYNCED) -> bytes:  # fmt: skip
        return cose.sign1(frame.payload(EPOCH, lane, seq, boot, time, quality, fields), self.device)

    def schema(self, seq: int) -> bytes:
        return self.seal(TELEMETRY, seq, {frame.KIND: frame.SCHEMA_FRAME, frame.BODY: SCHEMA})

    def rows(self, seq: int, time: int = NOW, **more: Any) -> bytes:
        buffer = frame.RowBuffer(frame.schema_id(SCHEMA), 2)
        buffer.add(time, [seq, 215], [0, 0])
        buffer.add(time + 2000, [None, 216], [NO_REPLY, 0])
        return self.seal(TELEMETRY, seq, buffer.fields(2), time=time, **more)


@pytest.fixture()
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


def test_rows_are_stored_once_and_acknowledged(door: Door) -> None:
    door.send(door.schema(1))
    ack = door.send(door.rows(2), ask=True)
    assert ack.acked[TELEMETRY] == 2 and ack.device == door.device.kid
    assert door.store.readings() == [
        (POLE, "underpass", "level", NOW, 2, 0),
        (POLE, "underpass", "level", NOW + 2000, None, NO_REPLY),
        (POLE, "underpass", "temperature", NOW, 215, 0),
        (POLE, "underpass", "temperature", NOW + 2000, 216, 0),
    ]
    door.send(door.rows(2))
    assert len(door.store.readings()) == 4 and door.ingest.repeats == 1


def test_the_query_for_doubles_would_find_one(door: Door) -> None:
    door.send(door.schema(1))
    door.send(door.rows(2))
    assert door.store.stored_twice() == 0
    door.send(door.rows(3))
    assert door.store.stored_twice() == 4


def test_forged_altered_and_foreign_frames_stay_out(door: Door) -> None:
    good = door.rows(1)
    forged = cose.sign1(cose.parse1(good).payload, DigestSigner(b"thief"))
    altered = bytearray(good)
    altered[40] ^= 1
    for data in (forged, bytes(altered), good[:-1], b"", b"\x00" * 300):
        assert door.send(data) is None
    assert door.send(good, device="CD-XX-0009") is None
    assert door.store.count("frames") == 0 and door.store.count("readings") == 0
    assert door.store.count("incidents") == 6
    assert door.store.count("incidents", "signature") >= 2
    assert cose.parse1(good).alg == ALG_SM2_SM3


def test_one_identity_with_two_contents_is_an_incident(door: Door) -> None:
    door.send(door.schema(1))
    door.send(door.rows(2))
    door.send(door.rows(2, time=NOW + 60_000))
    assert door.store.count("incidents", "conflict") == 1
    assert door.store.count("readings") == 4


def test_rows_before_their_schema_are_kept_and_the_schema_asked_for(door: Door) -> None:
    ack = door.send(door.rows(1), ask=True)
    assert ack.acked[TELEMETRY] == 1 and ack.schemas == [frame.schema_id(SCHEMA)]
    assert door.store.count("readings") == 0
    assert door.view.state(NOW)["missing"][0]["reason"] == "undecoded"
    ack = door.send(door.schema(2), ask=True)
    assert ack.schemas == [] and door.store.count("readings") == 4


def test_a_hole_is_wanted_and_a_gap_record_closes_it(door: Door) -> None:
    door.send(door.schema(1))
    ack = door.send(door.rows(4), ask=True)
    assert ack.acked[TELEMETRY] == 1 and ack.want == [[TELEMETRY, 2, 3]]
    gap = door.seal(TELEMETRY, 5, {frame.KIND: frame.GAP, frame.BODY: {1: 2, 2: 3, 3: "evicted"}})
    ack = door.send(gap, ask=True)
    assert ack.acked[TELEMETRY] == 5 and ack.want == []
    assert door.store.count("gaps") == 1
    again = Ingest(
        door.store, door.ingest.registry, door.ingest.verifier, door.platform, lambda: NOW
    )
    assert again.ledger(POLE, EPOCH, TELEMETRY).contiguous == 5, "after a restart of the platform"


def test_holdings_tell_of_what_never_came(door: Door) -> None:
    holdings = {frame.KIND: frame.HOLDINGS, frame.BODY: {1: [[TELEMETRY, 1, 4]], 2: 4000}}
    ack = door.send(door.seal(DIAGNOSTIC, None, holdings))
    assert ack.want == [[TELEMETRY, 1, 3]]
    assert door.store.count("frames") == 0


def test_acknowledged_every_ten_frames_and_alarms_at_once(door: Door) -> None:
    answers = [door.send(door.schema(1))] + [door.send(door.rows(seq)) for seq in range(2, 25)]
    said = [number for number, ack in enumerate(answers, 1) if ack is not None]
    assert said == [1, 11, 21]
    body = {1: "underpass", 2: "level", 3: 1, 4: 620, 5: -3, 6: "m", 7: 0, 8: [1, 300], 9: b""}
    alarm = {frame.KIND: frame.ALARM_FRAME, frame.BODY: body}
    ack = door.send(door.seal(ALARM, 1, alarm))
    assert ack.acked[ALARM] == 1
    shown = door.view.state(NOW)["alarms"][0]
    assert (shown["state"], shown["value"], shown["limit"]) == ("raised", 620, [1, 300])


def test_times_of_a_boot_that_learned_utc_late(door: Door) -> None:
    door.send(door.schema(1))
    door.send(door.rows(2, time=5000, boot=3, quality=UNSYNCED))
    assert [row[3] for row in door.store.readings()] == [None] * 4
    body = {1: 3, 2: 9000, 3: NOW + 9000, 4: 20, 5: "platform"}
    door.send(door.seal(TELEMETRY, 3, {frame.KIND: frame.TIME_RECORD, frame.BODY: body}, boot=3))
    assert [row[3] for row in door.store.readings()][:2] == [NOW + 5000, NOW + 7000]
    door.send(door.rows(4, time=11000, boot=3, quality=UNSYNCED))
    assert door.store.readings()[4][3] == NOW + 11000


def test_a_boot_record_books_the_unsealed_span(door: Door) -> None:
    body = {1: "crash", 2: [[0, 0, None, None], [1, 9, NOW - 8000, SYNCED], [2, 1, None, None]]}
    door.send(door.seal(TELEMETRY, 10, {frame.KIND: frame.BOOT_RECORD, frame.BODY: body}, boot=2))
    missing = door.view.state(NOW)["missing"]
    assert {"pole": POLE, "lane": 1, "first": 10, "last": 9, "reason": "unsealed",
            "from": NOW - 8000, "to": NOW} in missing  # fmt: skip


def test_a_genuine_frame_with_a_broken_body_is_kept_and_acknowledged(door: Door) -> None:
    bodies = [
        (frame.GAP, {}), (frame.GAP, {1: 1, 2: 1 << 40, 3: "x"}), (frame.TIME_RECORD, {1: 1}),
        (frame.SCHEMA_FRAME, {1: 1, 2: 1, 3: [], 4: [[0, "a", "m", 0, 0]]}),
        (frame.SCHEMA_FRAME, {1: 1, 2: 1, 3: [["d", "m", 1]], 4: [[0, "a"]]}),
        (frame.BOOT_RECORD, {1: "crash"}), (15, {1: "of a later version"}),
        (frame.ALARM_FRAME, {3: 77, 7: 0, 8: [1, 2]}), (frame.ALARM_FRAME, {}),
    ]  # fmt: skip
    for seq, (kind, body) in enumerate(bodies, 1):
        fields = {frame.KIND: kind, frame.BODY: body}
        ack = door.send(door.seal(TELEMETRY, seq, fields), ask=True)
        assert (ack.acked[TELEMETRY], ack.schemas) == (seq, []), (kind, body)
    assert door.store.count("incidents", "undecoded") == len(bodies)
    assert door.store.count("frames") == len(bodies)
    assert door.store.count("gaps") == door.store.count("alarms") == 0


def test_what_has_no_identity_is_refused(door: Door) -> None:
    for seq, kind, body in ((None, frame.HOLDINGS, {1: [[9, 1, 1]]}), (1, 16, {})):
        fields = {frame.KIND: kind, frame.BODY: body}
        assert door.send(door.seal(TELEMETRY, seq, fields), ask=True) is None
    assert door.store.count("incidents", "frame") == 2
    assert door.store.count("frames") == 0


def test_a_sequence_is_taken_frame_by_frame(door: Door) -> None:
    forged = cose.sign1(cose.parse1(door.rows(2)).payload, DigestSigner(b"thief"))
    ack = door.send(door.schema(1) + forged + door.rows(3) + b"\xd2", ask=True)
    assert (ack.acked[TELEMETRY], ack.want) == (1, [[TELEMETRY, 2, 2]])
    assert door.store.count("frames") == 2 and door.store.count("readings") == 4
    assert door.store.count("incidents") == 1
    assert door.send(door.rows(2) + door.rows(4), ask=True).acked[TELEMETRY] == 4


def test_a_full_disk_acknowledges_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.send(door.schema(1))
    door.store.db.execute("PRAGMA max_page_count = 1")
    data: Callable[[int], bytes] = door.rows
    seq = 2
    with pytest.raises(sqlite3.Error):
        for seq in range(2, 500):
            door.send(data(seq), ask=True)
    stored = door.ingest.ledger(POLE, EPOCH, TELEMETRY).contiguous
    assert stored == seq - 1
    door.store.db.execute("PRAGMA max_page_count = 100000")
    assert door.send(data(seq), ask=True).acked[TELEMETRY] == seq


def test_silence_is_unknown_and_never_the_last_value(door: Door) -> None:
    assert door.view.state(NOW)["poles"][0]["state"] == "never heard"
    door.send(door.schema(1))
    door.send(door.rows(2))
    fresh = door.view.state(NOW + 4000)["poles"][0]
    assert fresh["state"] == "reporting"
    assert [c["value"] for c in fresh["channels"]] == [None, 216]
    stale = door.view.state(NOW + 2000 + 3 * 5000 + 1)["poles"][0]
    assert stale["state"] == "unknown"
    assert [c["value"] for c in stale["channels"]] == [None, None]
    assert {c["state"] for c in stale["channels"]} == {"unknown"}

"""What docs/wire-format.md promises of a device, over a simulated life with two power cuts."""

import functools
import re
from typing import Any

import cbor2
import pytest

from agent import frame, reading
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.protocols import cbor, sm2
from agent.protocols.sm3 import digest
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.host.test_wire_format import PAGE, ROWS
from tests.scenarios.pole import Pole

MINUTE = 60000
DEVICE, PLATFORM = 11, 12


@functools.cache
def life() -> Any:
    """A pole that starts without time and network, is flooded, and loses its power twice."""
    signer, platform = LibcryptoSigner(DEVICE), LibcryptoSigner(PLATFORM)
    pole = Pole(3, signer, LibcryptoVerifier([signer.public]), platform,
                LibcryptoVerifier([platform.public]), every_ms=10000, seal_ms=MINUTE,
                beacon_ms=MINUTE)  # fmt: skip
    pole.set_network(False)
    pole.run(10 * MINUTE)
    pole.level.jump(500)
    pole.run(12 * MINUTE)
    pole.cut_power()
    pole.run(20 * MINUTE)
    pole.set_network(True, loss=100)
    pole.run(40 * MINUTE)
    pole.cut_power()
    pole.run(50 * MINUTE)
    pole.set_network(True)
    pole.agent.stop_sampling()
    pole.run(75 * MINUTE)
    return pole


def frames() -> list[tuple[bytes, dict[int, Any]]]:
    """(frame, payload) in the order of lane and sequence, read by cbor2."""
    contents = life().ingester.contents
    found = []
    for key in sorted(contents):
        protected, unprotected, payload, signature = cbor2.loads(contents[key]).value
        assert cbor2.loads(protected) == {1: -65600, 4: sm2.kid(sm2.public_key(DEVICE))}
        assert unprotected == {} and len(signature) == 64
        items = cbor2.loads(payload)
        assert key == (items[1], items[2], items[3])
        found.append((contents[key], items))
    return found


def of_kind(kind: int) -> list[dict[int, Any]]:
    found = [items for _, items in frames() if items.get(5, 0) == kind]
    assert found, kind
    return found


def test_sequences_start_at_1_and_have_no_holes() -> None:
    for lane in reading.LANES:
        seqs = [items[3] for _, items in frames() if items[2] == lane]
        assert seqs == list(range(1, len(seqs) + 1)), lane
    assert len({items[1] for _, items in frames()}) == 1
    assert life().ingester.conflicts == life().ingester.refused == 0


def test_every_frame_is_short_and_deterministic() -> None:
    for data, items in frames():
        assert len(data) <= 1000
        assert list(items) == sorted(items)
        assert cbor2.dumps(items, canonical=True) == cbor2.loads(data).value[2]


BODIES = {
    frame.SCHEMA_FRAME: {1, 2, 3, 4},
    frame.STATUS: {1, 2, 4, 5, 6, 7, 8, 9},
    frame.TIME_RECORD: {1, 2, 3, 4, 5, 6},
    frame.ALARM_FRAME: {1, 2, 3, 4, 5, 6, 7, 8, 9},
    frame.BOOT_RECORD: {1, 2},
}
LANE_OF = {
    frame.ROWS: {reading.TELEMETRY},
    frame.SCHEMA_FRAME: {reading.TELEMETRY},
    frame.STATUS: {reading.DIAGNOSTIC},
    frame.ALARM_FRAME: {reading.ALARM},
    frame.BOOT_RECORD: {reading.TELEMETRY},
}


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_have_the_keys_of_the_page(kind: int) -> None:
    for items in of_kind(kind):
        assert set(items[12]) == BODIES[kind]


def test_every_kind_keeps_to_its_lane_and_fields() -> None:
    for kind, lanes in LANE_OF.items():
        assert {items[2] for items in of_kind(kind)} <= lanes, kind
    for _, items in frames():
        fields = {8, 9, 10, 11, 13} if items.get(5, 0) == frame.ROWS else {5, 12}
        assert set(items) <= {1, 2, 3, 4, 6, 7} | fields


def test_a_boot_record_comes_first_and_knows_the_last_sealed_row() -> None:
    last: tuple[int, int] | None = None
    boots = 0
    for data, items in [part for part in frames() if part[1][2] == reading.TELEMETRY]:
        if items[4] != boots:
            boots += 1
            assert (items[4], items[5]) == (boots, frame.BOOT_RECORD)
            told = {part[0]: part[1:] for part in items[12][2]}
            assert told[reading.ALARM][1:] == told[reading.DIAGNOSTIC][1:] == [None, None]
            assert told[reading.TELEMETRY][0] == items[3] - 1
            if last is not None:
                assert tuple(told[reading.TELEMETRY][1:]) == last
        if items.get(5, 0) == frame.ROWS:
            last = (ROWS(data)[-1][0], items.get(7, 0))
    assert boots == 3


def test_rows_belong_to_a_schema_and_unsynced_ones_to_a_time_record() -> None:
    schemas = {digest(cbor.encode(items[12]))[:4]: items[12] for items in of_kind(1)}
    offsets = {items[12][1]: items[12][3] - items[12][2] for items in of_kind(3)}
    unsynced = 0
    for data, items in [part for part in frames() if part[1].get(5, 0) == frame.ROWS]:
        columns = schemas[items[8]][4]
        for _, values, qualities in ROWS(data):
            assert len(values) == len(qualities) == len(columns)
        if items.get(7, 0) == reading.UNSYNCED:
            unsynced += 1
            assert items[4] in offsets or items[4] == 1  # boot 1 ended before it knew the time
    assert unsynced and offsets


def test_alarm_states_follow_the_page() -> None:
    first = of_kind(frame.ALARM_FRAME)[0][12]
    assert (first[1], first[2], first[3], first[8]) == ("underpass", "level", 1, [1, 300])
    assert len(first[9]) == 8
    stated = re.search(r"3 state \((.*?)\)", PAGE, re.DOTALL)
    assert stated is not None and "1 raised" in " ".join(stated[1].split())


def test_what_a_full_journal_gave_up_is_told_by_gaps() -> None:
    pole = Pole(4, DigestSigner(b"device"), DigestVerifier([b"device"]), DigestSigner(b"platform"),
                DigestVerifier([b"platform"]), every_ms=10000, seal_ms=1000)  # fmt: skip
    pole.set_network(False)
    pole.run(1200 * MINUTE)
    pole.set_network(True)
    pole.agent.stop_sampling()
    pole.run(1230 * MINUTE)
    contents = pole.ingester.contents
    held = {key[2] for key in contents if key[1] == reading.TELEMETRY}
    told = set()
    for key in contents:
        items = cbor2.loads(cbor2.loads(contents[key]).value[2])
        if items.get(5) == frame.GAP:
            body = items[12]
            assert set(body) == {1, 2, 3, 4, 5} and items[2] == key[1]
            assert f"`{body[3]}`" in PAGE
            told |= set(range(body[1], body[2] + 1))
    # Draining makes records too, and they may displace frames that are just under way.
    assert len(told - held) > 100 > len(told & held)
    assert told | held == set(range(1, max(held) + 1))

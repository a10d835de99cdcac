"""What a pole sends on a simulated day has the bodies that docs/wire-format.md gives them."""

import re
from typing import Any

import pytest

from agent import frame, frame_reader, records
from agent.protocols import cose
from agent.reading import LANES, TELEMETRY
from tests.host.micropython import ROOT
from tests.scenarios.day import day

PAGE = " ".join((ROOT / "docs" / "wire-format.md").read_text(encoding="utf-8").split())

# Which keys may be absent, and which values null, by kind and key.
OPTIONAL = {(frame.SCHEMA_FRAME, 5), (frame.HOLDINGS, 3)}
NULLS = {(frame.GAP, 4), (frame.GAP, 5), (frame.ALARM_FRAME, 4)}


def documented(kind: int) -> tuple[set[int], set[int]]:
    """(lanes, keys of the body) of a kind by the page."""
    name = frame_reader.KIND_NAMES[kind]
    found = re.search(rf"\*\*{kind} {name}\*\*(.*?)(?= \*\*\d+ \w+\*\*| ## )", PAGE)
    assert found, name
    text = found[1]
    lane = re.match(r" \(lane (\d)", text)
    if kind == frame.GAP:
        assert "frames `1` to `2`" in text and "3 the reason" in text and "4 and 5" in text
        return set(LANES), {1, 2, 3, 4, 5}
    keys = re.findall(r"(?:[:;]| \|) (\d) ", text)
    return {int(lane[1])} if lane else set(LANES), {int(key) for key in keys}


@pytest.fixture(scope="module")
def lived() -> Any:
    """A pole after a simulated day, with losses, an outage, a flood and two power cuts."""
    return day(5)


def sent(pole: Any) -> list[frame_reader.Frame]:
    """Every frame that the platform took but rows, a beacon, and a gap."""
    frames = [cose.parse1(data) for data in pole.ingester.contents.values()]
    frames.append(cose.parse1(pole.agent.sealer.beacon(1000, pole.now)))
    records.gap(pole.agent, TELEMETRY, (3, 4, "evicted", [1, 60000], [1, 120000]), pole.now)
    frames.append(cose.parse1(pole.journal.read(TELEMETRY, pole.journal.next_seq(TELEMETRY) - 1)))
    found = [frame_reader.decode(part.payload) for part in frames]
    return [part for part in found if part.kind != frame.ROWS]


def test_the_bodies_are_those_of_the_page(lived: Any) -> None:
    kinds = set()
    for got in sent(lived):
        lanes, keys = documented(got.kind)
        assert got.lane in lanes, got.kind
        assert set(got.body) == {key for key in keys if (got.kind, key) not in OPTIONAL}, got.kind
        for key in got.body:
            assert got.body[key] is not None or (got.kind, key) in NULLS, (got.kind, key)
        assert (got.seq is None) == (got.kind == frame.HOLDINGS)
        kinds.add(got.kind)
    assert kinds == set(range(frame.SCHEMA_FRAME, frame.HOLDINGS + 1))


def test_sequences_count_up_from_one_without_holes(lived: Any) -> None:
    for lane in LANES:
        seqs = sorted(seq for _, part, seq in lived.ingester.contents if part == lane)
        assert seqs == list(range(1, len(seqs) + 1))

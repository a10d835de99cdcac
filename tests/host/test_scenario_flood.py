"""What the bad half hour promises: danger told in time, and until good readings end it."""

import functools
from typing import Any

import pytest

from agent.frame import BLIND, CLEARED, RAISED
from agent.reading import GOOD, NO_REPLY, OUT_OF_RANGE, STUCK
from tests.scenarios.flood import MINUTE, STUCK_AFTER, flood, told

EVERY = 10_000
BLIND_AFTER = 3 * EVERY
SEEDS = (5, 6, 7)


@functools.cache
def lived(seed: int) -> Any:
    return flood(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_danger_is_told_within_its_time_and_in_this_order(seed: int) -> None:
    alarms = told(lived(seed))
    assert [part[1:] for part in alarms] == [
        (BLIND, None),  # stuck
        (CLEARED, None),
        (RAISED, None),  # flooded; drowned, it stays so
        (BLIND, RAISED),  # dead
        (RAISED, None),  # seen again after the restart, still above clear
        (CLEARED, None),
    ]
    times = [part[0] for part in alarms]
    for at, after, within in (
        (0, 5 * MINUTE, STUCK_AFTER + BLIND_AFTER + EVERY),
        (1, 10 * MINUTE, 2 * EVERY),
        (2, 12 * MINUTE, EVERY + 1000),
        (3, 16 * MINUTE, BLIND_AFTER + EVERY),
        (5, 22 * MINUTE, 2 * EVERY),
    ):
        assert after - EVERY <= times[at] <= after + within, at


@pytest.mark.parametrize("seed", SEEDS)
def test_the_siren_sounds_from_the_flood_to_its_end_also_over_the_restart(seed: int) -> None:
    alarms, siren = told(lived(seed)), lived(seed).siren
    assert [state for _, state in siren] == [0, 1, 0]
    assert abs(siren[1][0] - alarms[2][0]) <= 3000
    assert abs(siren[2][0] - alarms[5][0]) <= 3000


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_is_recorded_with_its_flag(seed: int) -> None:
    pole = lived(seed)
    rows = [(row[4][0], row[5][0]) for row in pole.ingester.rows
            if pole.ingester.schemas[row[3]][3][0][0] == "underpass"]  # fmt: skip
    qualities = {quality for _, quality in rows}
    assert {GOOD, STUCK, OUT_OF_RANGE, NO_REPLY} <= qualities
    assert (3150, OUT_OF_RANGE) in rows
    assert all(value is not None for value, quality in rows if quality == STUCK)
    # 24 minutes; the open interval of the cut and the restart are lost at the most.
    assert len(rows) >= 24 * 6 - 6 - 4
    for lane in (0, 1, 2):
        assert pole.journal.released(lane) == pole.journal.next_seq(lane) - 1

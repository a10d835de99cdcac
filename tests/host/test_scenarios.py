"""What the simulated day promises: nothing lost but what was never sealed, nothing invented."""

import itertools

from agent.reading import has_value
from tests.scenarios.day import HOUR, day

SEAL_MS = 600_000
EVERY_MS = 60_000


def test_a_day_loses_nothing_that_was_sealed() -> None:
    pole = day(5)
    ingester = pole.ingester
    # Everything that was sealed arrived, once, in order, and was acknowledged.
    assert ingester.refused == ingester.conflicts == 0
    for lane in (0, 1, 2):
        assert pole.journal.released(lane) == pole.journal.next_seq(lane) - 1
    # Frames that had to be sent again came later; no row came twice.
    # What a boot recorded before it knew the time is placed by its TIME record.
    assert {row[2] for row in ingester.rows} == {0, 2}
    times = sorted(
        time if quality == 0 else time + ingester.offsets[boot]
        for boot, time, quality, *_ in ingester.rows
    )
    assert len(set(times)) == len(times)
    # The holes between rows are the two cuts, each shorter than the open interval and the restart.
    holes = [
        (before, after)
        for before, after in itertools.pairwise(times)
        if after - before > EVERY_MS + 1000
    ]
    assert len(holes) <= 2
    assert all(after - before <= SEAL_MS + 2 * EVERY_MS for before, after in holes)
    # A day has 1440 slots; the rest came.
    assert len(times) >= 1440 - 2 * (SEAL_MS // EVERY_MS + 2)


def test_no_reading_is_invented() -> None:
    pole = day(7)
    made = {
        (device, channel): {value for part in pole.made for d, c, _, value in part
                            if (d, c) == (device, channel)}
        for device, channel in {(d, c) for part in pole.made for d, c, _, _ in part}
    }  # fmt: skip
    schemas = pole.ingester.schemas
    checked = 0
    for _, _, _, schema_id, values, qualities in pole.ingester.rows:
        body = schemas[schema_id]
        for column, (device, channel, *_rest) in enumerate(body[4]):
            name = body[3][device][0]
            if values[column] is None:
                assert not has_value(qualities[column])
            elif (name, channel) in made:
                assert values[column] in made[(name, channel)]
                checked += 1
    assert checked > 5000


def test_the_flood_raises_one_alarm_and_clears_one() -> None:
    pole = day(9)
    states = [alarm[3] for alarm in pole.ingester.alarms]
    assert states == [1, 4]
    raised_at = pole.ingester.alarms[0][0] - pole.ingester.utc_offset
    # The platform's time came within the round trip.
    assert 9 * HOUR - 1000 <= raised_at <= 9 * HOUR + 2 * EVERY_MS

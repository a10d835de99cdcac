"""The demo's books: what was sent, held against what arrived, on a quiet and on a busy machine."""

import json
from pathlib import Path

from simulators.demo.account import Account, sent_readings, settle

EVERY = 1000
SEAL = 5000
CHANNEL = ("pole-1", "level", "level")


def books(
    sent: list[tuple[int, int]], rows: list[tuple[int, int]], kills: list[int] | None = None
) -> Account:
    asked = {CHANNEL: [(at, {value}) for at, value in sent]}
    return settle(asked, {CHANNEL: rows}, EVERY, SEAL, {"pole-1": kills or []})


def fates(account: Account) -> tuple[int, int, int, int, int]:
    return (
        account.made,
        account.received,
        account.lost,
        account.unsealed_lost,
        account.invented,
    )


def test_each_row_has_its_answer() -> None:
    account = books([(1020, 5), (2020, 6), (3020, 6)], [(1000, 5), (2000, 6), (3000, 6)])
    assert fates(account) == (3, 3, 0, 0, 0)
    assert account.by_pole == {"pole-1": 3}


def test_an_answer_without_a_row_is_lost() -> None:
    account = books([(1020, 5), (2020, 6)], [(1000, 5)])
    assert fates(account) == (2, 1, 1, 0, 0)
    assert account.examples == ["lost: pole-1/level/level at 2020"]


def test_a_row_without_an_answer_is_invented() -> None:
    account = books([(1020, 5)], [(1000, 5), (2000, 7)])
    assert fates(account) == (1, 2, 0, 0, 1)
    assert account.examples == ["invented: pole-1/level/level = 7 at 2000"]


def test_a_row_answers_one_request_alone() -> None:
    assert fates(books([(1020, 5)], [(1000, 5), (1000, 5)])) == (1, 2, 0, 0, 1)


def test_a_kill_before_the_seal_is_booked_as_unsealed() -> None:
    assert fates(books([(1020, 5), (8020, 6)], [(8000, 6)], [4000])) == (2, 1, 0, 1, 0)
    assert fates(books([(1020, 5), (8020, 6)], [(8000, 6)], [1020 + SEAL + 1])) == (2, 1, 1, 0, 0)


def test_of_two_answers_to_one_question_one_counts() -> None:
    for values in ((5, 6), (6, 6)):
        sent = [(1020, values[0]), (1220, values[1]), (2020, 7)]
        assert fates(books(sent, [(1000, 6), (2000, 7)])) == (2, 2, 0, 0, 0)


def test_two_slots_served_close_together_are_two_readings() -> None:
    # The machine was busy: the slot of 1000 was asked at 1700, the one of 2000 in time.
    assert fates(books([(1700, 5), (2020, 6)], [(1000, 5), (2000, 6)])) == (2, 2, 0, 0, 0)


def test_the_log_of_the_sensors_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    log = tmp_path / "sensors.jsonl"
    entry = {"pole": "pole-1", "device": "level", "channel": "level"}
    log.write_text(
        "".join(json.dumps({**entry, "utc_ms": at, "value": 5}) + "\n" for at in (2020, 1020))
    )
    assert sent_readings(log) == {CHANNEL: [(1020, 5), (2020, 5)]}

"""The fault plan: every fault bites, every invariant is compared, and each can fail."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from agent import records
from agent.backlog import Backlog
from agent.buffer.held import Held
from agent.buffer.journal import Journal
from agent.flights import Flights
from agent.reading import TELEMETRY
from agent.uplink import Uplink
from simulators.world.ingester import Ingester
from simulators.world.sensors.twin import Twin
from tests.torture import faults
from tests.torture.faults_power import small
from tests.torture.station import MINUTE, Station
from tests.torture.trial import Fault, Trial

SEED = 3


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_a_fault_bites_and_breaks_nothing(fault: Fault) -> None:
    found = faults.run(fault.number, SEED)
    assert found["violations"] == []
    assert found["happened"] and all(found["happened"].values())
    assert all(found["checked"].values()), found["checked"]
    assert set(fault.letters) <= set(found["checked"])


def test_there_are_the_faults_of_the_plan() -> None:
    assert [fault.number for fault in faults.FAULTS] == list(range(1, 22))
    assert len({fault.name for fault in faults.FAULTS}) == 21


def test_a_fault_is_the_same_under_its_seed_and_another_under_another() -> None:
    first = faults.run("broker restart", 11)
    assert faults.run(8, 11) == first
    assert faults.run(8, 12) != first


def violations(live: Callable[[Station], object], **options: Any) -> list[str]:
    """What a trial of an outage, a power cut and whatever ``live`` does finds."""

    def whole(trial: Trial) -> None:
        pole = trial.pole(**options)
        trial.bites(poles=1)
        outage = pole.network.outage(pole.now + 3 * MINUTE, pole.now + 8 * MINUTE)
        pole.run(5 * MINUTE)
        live(pole)
        pole.cut()
        pole.run(outage[1] + 5 * MINUTE)
        trial.settle(pole)

    return Fault(99, "a break", "D", whole).run(SEED)


def letters(found: list[str]) -> set[str]:
    """The invariants that were violated."""
    return {text[0] for text in found}


def nothing(pole: Station) -> None:
    """Only what every trial has."""


def test_without_a_break_nothing_is_found() -> None:
    assert violations(nothing) == []


def test_a_violation_says_how_to_play_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ingester, "_keep", lambda self, got, ledger: None)
    found = violations(nothing)
    assert found and all(f"python -m tests.torture.faults 99 {SEED}" in text for text in found)


def test_a_platform_that_drops_what_it_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Ingester._take

    def drops(self: Ingester, now_ms: int, data: bytes) -> Any:
        answers = take(self, now_ms, data)
        for key in list(self.contents):
            if key[1] == TELEMETRY and key[2] == 9:
                del self.contents[key]
        return answers

    monkeypatch.setattr(Ingester, "_take", drops)
    assert "D" in letters(violations(nothing))


def test_an_uplink_that_lets_go_at_the_first_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = Flights.arrived

    def live(pole: Station) -> None:
        def hopped(self: Flights, token: int) -> int | None:
            flight = self._open.get(token)
            if flight is not None and flight[1]:
                pole.journal.release(flight[0], flight[2])
            return arrived(self, token)

        pole.network.uncommitted = 300
        with monkeypatch.context() as broken:
            broken.setattr(Flights, "arrived", hopped)
            pole.run(pole.now + 10 * MINUTE)
        pole.network.uncommitted = 0

    assert "D" in letters(violations(live))


def test_a_platform_that_stores_repeats_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Ingester.receive

    def twice(self: Ingester, now_ms: int, data: bytes, ask: bool = False) -> Any:
        before = len(self.rows)
        answers = receive(self, now_ms, data, ask)
        self.rows.extend(self.rows[before:])
        return answers

    monkeypatch.setattr(Ingester, "receive", twice)
    assert letters(violations(nothing)) == {"W"}


def test_a_sensor_that_says_what_it_did_not_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Twin, "measured", lambda self, channel, now: 7 + 0 * self.signals[channel].at(now)
    )
    assert "W" in letters(violations(nothing))


def test_a_journal_that_uses_a_sequence_again() -> None:
    def live(pole: Station) -> None:
        pole.journal._next[TELEMETRY] -= 2
        pole.run(pole.now + MINUTE)

    assert "O" in letters(violations(live))


def test_a_gap_that_is_told_for_what_is_held() -> None:
    def live(pole: Station) -> None:
        seq = pole.journal.next_seq(TELEMETRY) - 1
        records.gap(pole.agent, TELEMETRY, (seq, seq, "not held", None, None), pole.now)

    assert "G" in letters(violations(live))


def test_an_eviction_that_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def live(pole: Station) -> None:
        monkeypatch.setattr(Held, "missing", lambda self, lane, destination=0: [])
        monkeypatch.setattr(Backlog, "hole", lambda self, lane, seq, now: None)
        pole.account.decimates = True
        outage = pole.network.outage(pole.now, pole.now + 60 * MINUTE)
        pole.run(outage[1])

    assert {"D", "L", "G"} <= letters(violations(live, flash=small()))


def test_an_uplink_that_sends_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def live(pole: Station) -> None:
        monkeypatch.setattr(Uplink, "_offer", lambda self, now: None)

    assert {"D", "L", "G"} <= letters(violations(live))


def test_a_schedule_that_skips_slots() -> None:
    def live(pole: Station) -> None:
        for group in pole.agent.groups:
            group.due += 40000
        pole.run(pole.now + 2 * MINUTE)

    assert letters(violations(live)) == {"L"}


def test_an_agent_that_forgets_to_forget() -> None:
    def live(pole: Station) -> None:
        pole.agent.kept = [bytes(1000) for _ in range(100)]
        pole.run(pole.now + 10 * MINUTE)

    assert letters(violations(live)) == {"B"}


def test_a_journal_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Journal) -> None:
        raise ValueError("a header of another kind")

    def live(pole: Station) -> None:
        monkeypatch.setattr(Journal, "mount", fails)

    assert "S" in letters(violations(live))


def test_a_fault_that_does_not_happen_is_no_proof() -> None:
    def idle(trial: Trial) -> None:
        trial.settle(trial.pole())
        trial.bites(cuts=0)

    found = Fault(99, "idle", "D", idle).run(SEED)
    assert len(found) == 1 and "did not happen: no cuts" in found[0]


def test_the_command_plays_one_and_lists_all() -> None:
    command = [sys.executable, "-m", "tests.torture.faults"]
    played = subprocess.run([*command, "19", "5"], capture_output=True, text=True, check=False)
    assert played.returncode == 0 and '"seed": 5' in played.stdout
    listed = subprocess.run([*command, "no such"], capture_output=True, text=True, check=False)
    assert listed.returncode == 2
    assert all(fault.name in listed.stdout for fault in faults.FAULTS)

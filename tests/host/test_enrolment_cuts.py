"""The workstation dies at every write that it makes while it enrols a board and writes its papers,
and the same command does the rest: no board is in twice, none is forgotten, no paper is half.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.linux import whole_files
from provisioning import enrolment
from provisioning.authority import key_file
from provisioning.flashing import reports
from provisioning.registry import RegisteredDevice
from tests.host import authority_case, bench_boards, enrolment_bench
from tests.host import enrolment_checks as checks
from tests.host.enrolment_bench import Desk
from tests.host.enrolment_sweep import Run, in_memory, sweep

IDS = ["PB-0001", "PB-0002"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """For copies of a desk."""
    with in_memory(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One with an authority, and boards that are played."""
    bench_boards.need("segno")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_file, "ITERATIONS", 1000)
        patch.setattr(authority_case, "NOW", datetime.now(UTC))
        tools = reports.tools()
        patch.setattr(reports, "tools", lambda: tools)  # it searches every package
        enrolment_bench.play_boards(patch)
        made = Desk(tmp_path_factory.mktemp("desk") / "start" / "desk")
        made.set_up()
        yield made


def test_with_the_authority_at_hand(desk: Desk, place: Path) -> None:
    start = desk.copy(place / "one" / "desk")
    start.flash(IDS[:1], at_hand=True)

    def done(desk: Desk) -> None:
        checks.enrolled(desk, IDS)
        checks.reported(desk, IDS)
        checks.nothing_left(desk)

    made = sweep(
        Run(start, lambda desk: desk.flash(IDS, at_hand=True), checks.whole, done), place / "cut"
    )
    assert made["writes"] > 80 and made.total() > 200 and made["within a commit"] > 5, made


def test_offline_the_boards_half(desk: Desk, place: Path) -> None:
    def done(desk: Desk) -> None:
        checks.asked(desk, IDS[:1])
        checks.reported(desk, IDS[:1], "not-certified")
        checks.nothing_left(desk)

    run = Run(desk, lambda desk: desk.flash(IDS[:1], at_hand=False), checks.whole, done)
    made = sweep(run, place / "cut")
    assert made["writes"] > 20 and made.total() > 60, made


def test_offline_the_authority_s_half(desk: Desk, place: Path) -> None:
    start = desk.copy(place / "one" / "desk")
    start.flash(IDS, at_hand=False)
    start.certify(IDS[:1])

    def done(desk: Desk) -> None:
        checks.certified(desk, IDS)
        checks.nothing_left(desk)

    run = Run(start, lambda desk: desk.certify(IDS), checks.whole, done)
    made = sweep(run, place / "cut")
    assert made["writes"] > 20 and made.total() > 90, made


def test_offline_the_boards_get_what_they_asked_for(desk: Desk, place: Path) -> None:
    start = desk.copy(place / "one" / "desk")
    start.flash(IDS, at_hand=False)
    start.certify(IDS)
    start.flash(IDS[:1], at_hand=False)

    def done(desk: Desk) -> None:
        checks.certified(desk, IDS)
        checks.reported(desk, IDS)
        checks.nothing_left(desk)

    run = Run(start, lambda desk: desk.flash(IDS, at_hand=False), checks.whole, done)
    made = sweep(run, place / "cut")
    assert made["writes"] > 20 and made.total() > 60, made


def _in_place(path: Path, data: bytes, mode: int = 0o644) -> None:
    path.write_bytes(data)


def _not_forced(path: Path, data: bytes, mode: int = 0o644) -> None:
    half = path.with_suffix(".new")
    half.write_bytes(data)
    half.replace(path)


@pytest.mark.parametrize(("fault", "found"), [(_in_place, "torn"), (_not_forced, "unforced")])
def test_a_registry_that_is_not_written_with_care_is_found_out(
    desk: Desk, place: Path, monkeypatch: pytest.MonkeyPatch, fault: Any, found: str
) -> None:
    monkeypatch.setattr(whole_files, "replace", fault)

    def enrol(desk: Desk) -> None:
        public = [desk.board(1).signer.public]
        enrolment.enrol(desk.registry, RegisteredDevice("PB-0001", "", public))

    run = Run(desk, enrol, checks.whole, checks.nothing_left)
    with pytest.raises(AssertionError, match=rf"\(\d+, '{found}'"):
        sweep(run, place / "cut")

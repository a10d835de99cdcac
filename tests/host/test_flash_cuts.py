"""The power fails at every write of a board's first flash.py run: it starts whole or not at all,
says what it lacks, and ends, flashed again, as a board that reports, by the one key that was told.

What flash.py sends is run by the real MicroPython on the real littlefs. The first run is done once,
and each state that a cut leaves in the flash is made from what the flash saw; the workstation's
disk is as it was at that moment.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from provisioning import layout, registry
from provisioning.authority import key_file
from provisioning.flashing import proof, slot_copy, usb
from provisioning.flashing.repl import Repl
from simulators.boards.town import FLASH, Town
from tests.host import authority_case, bench_boards
from tests.host.bench_boards import settle
from tests.host.cut_bench import Bench
from tests.host.cut_board import READY
from tests.host.cut_sweep import UNDER_WAY, Sweep, judge, keys_in, look
from tests.host.test_flash_tool import flash, report

EARLY = 24  # of the states that flash.py empties anyway, one in so many is flashed again


@pytest.fixture(scope="module")
def patch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    bench_boards.need("esptool", "mpremote")
    made = pytest.MonkeyPatch()
    made.setenv(usb.SYSTEM, str(tmp_path_factory.mktemp("system")))  # no board of this machine's
    made.setattr(key_file, "ITERATIONS", 1000)
    made.setattr(authority_case, "NOW", datetime.now(UTC))
    yield made
    made.undo()


@pytest.fixture(scope="module", params=["rp2040", "esp32s3, guarded"])
def sweep(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    office: Path,
    patch: pytest.MonkeyPatch,
) -> Iterator[Sweep]:
    """A first run."""
    chip, _, guarded = request.param.partition(", ")
    bench = Bench(tmp_path_factory.mktemp("cuts") / chip, office, chip, bool(guarded))
    yield Sweep(bench)
    bench.close()


def test_no_cut_leaves_half_a_file_under_its_name(sweep: Sweep) -> None:
    assert len(sweep.found) == len(sweep.writes) > 400
    assert sweep.half_written() == []


def test_powered_on_again_it_says_what_it_lacks(sweep: Sweep) -> None:
    for names, number in beside(sweep).items():
        board = sweep.cut(number)
        if "/main.py" not in names:
            assert board.power_on(READY) == b"", names  # MicroPython's own prompt
        elif sweep.found[number]["slot"] is None:
            assert board.power_on(READY) == b"slots: nothing is installed\n", names
        elif "/device.key" not in names:
            board.power_on(b"device.key")
        else:
            board.power_on(b" is up, ")
        board.end()


def beside(sweep: Sweep) -> dict[tuple[str, ...], int]:
    """A write for each set of files that a cut leaves whole beside the slots."""
    found: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(sweep.found):
        names = [name for name in row["files"] if not name.endswith(UNDER_WAY)]
        found.setdefault((row["slot"] or "", *sorted(names)), number)
    return found


def test_flashed_again_it_ends_as_a_board_that_reports(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "selftest", hold_only)
    said = []
    for number in sweep.states(EARLY):
        board = sweep.cut(number)
        # As in a batch, which goes on by itself, and as a technician types it.
        said.append(sweep.bench.finish(board, resume=number % 2 == 0))
        judge(sweep.bench, board, keys_in(sweep.writes[number]))
    assert len(said) > 25 and said.count("provisioned") > 1


def hold_only(repl: Repl, *_: Any) -> list[proof.Check]:
    """The first run has had the sensors tested, and written all that this writes."""
    repl.hold()
    return []


def test_a_power_that_fails_in_earnest_leaves_the_same(sweep: Sweep) -> None:
    for number in range(5, len(sweep.writes), len(sweep.writes) // 3):
        sweep.bench.lay(sweep.writes[0].disk)
        board = sweep.bench.board("cut")
        board.cut = number + 1
        failure = sweep.bench.flash(board)
        assert failure is not None and failure.word in ("lost", "no-boot"), failure
        assert len(board.writes) == number + 1
        assert board.writes[-1].disk.keys() == sweep.writes[number].disk.keys()
        (found,) = look(sweep.bench, bytes(board.cells), [])
        if not {"/device.key", "/device.key.new"} & found["files"].keys():  # those are by chance
            assert found == sweep.found[number]


def test_a_file_that_is_written_in_its_place_is_seen(
    office: Path, patch: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_place(repl: Repl, name: str, data: bytes) -> None:
        repl.put(name, data)

    monkeypatch.setattr(slot_copy, "put", in_place)
    bench = Bench(tmp_path / "bench", office, "rp2040", False)
    half = {name for _, name in Sweep(bench, 60).half_written()}
    bench.close()
    assert half >= {"/slots.mpy", "/main.py", "/install.mpy", "/network.bin"}


@pytest.mark.parametrize("sweep", ["esp32s3, guarded"], indirect=True)
def test_flash_py_itself_has_such_boards_report(sweep: Sweep, tmp_path: Path, office: Path) -> None:
    told = next(number for number, write in enumerate(sweep.writes) if keys_in(write))
    town = Town(settle(tmp_path / "town", office))
    for number in (told // 2, told):
        board = town.add()
        for part in sweep.bench.target.parts:
            board.nor.program(part.at, sweep.bench.kit.files[part.name])
        board.nor.program(layout.partitions(FLASH)[-1].offset, bytes(sweep.cut(number).cells))
    (key,) = keys_in(sweep.writes[told])
    known = registry.load(town.registry)
    known.add(registry.RegisteredDevice("SIM-0002", "", [key]))
    known.save(town.registry)
    town.start()
    try:
        blank, cut = [("--port", board.port.url, "--id", f"SIM-000{number}")
                      for number, board in enumerate(town.boards, 1)]  # fmt: skip
        status, _, said = flash(town, *blank)
        assert status == 0, said
        status, _, said = flash(town, *cut)
        assert status == 4 and "has an identity already" in said
        status, _, said = flash(town, *cut, "--update")
        assert status == 0, said
        assert town.received("SIM-0001") and town.received("SIM-0002")
        assert report(town, "SIM-0002")["public"] == key.hex()
    finally:
        town.stop()

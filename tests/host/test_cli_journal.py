"""``pole journal`` over journals of the real code: what it tells, and that it never writes."""

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from agent import frame
from agent.buffer import record
from agent.buffer.journal import Journal
from agent.buffer.state import StateStore
from agent.cli.main import main
from agent.linux.entropy import Entropy
from agent.linux.flash import SECTOR, SEGMENT, FileFlash
from agent.linux.libcrypto import make_signer
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.protocols import cose, sm2
from agent.reading import ALARM, NO_REPLY, TELEMETRY
from agent.seal import Sealer
from simulators.world.flash import SimFlash
from tests.host.unwrapped import unwrapped

SCHEMA = {1: 2000, 2: 5000, 3: [["underpass", "dyp-ultrasonic", 1]],
          4: [[0, "level", "m", -3, 1], [0, "temperature", "Cel", -1, 0]]}  # fmt: skip
KEY = 4711
PUBLIC = sm2.public_key(KEY).hex()


def fill(flash: Any, frames: int = 20) -> Journal:
    """A schema, frames of rows, two alarms; the first five are acknowledged."""
    StateStore(flash).put(b"state")
    journal = Journal(flash, lambda: 0xABCDEF01, 2)
    journal.mount()
    sealer = Sealer(journal, make_signer(KEY, Entropy()), lambda topic, text: None)
    sealer.learn_time(500, 1_790_000_000_000, 20, "test")
    sealer.record(TELEMETRY, frame.SCHEMA_FRAME, SCHEMA, 900)
    rows = frame.RowBuffer(frame.schema_id(SCHEMA), 2)
    for number in range(frames):
        rows.add(1000 + number * 2000, [700 + number, None], [0, NO_REPLY])
        sealer.rows(rows)
    body = {1: "underpass", 2: "level", 3: 1, 4: 620, 5: -3, 6: "m", 7: 0, 8: [1, 300], 9: b"\x01"}
    for at in (5000, 7000):
        sealer.record(ALARM, frame.ALARM_FRAME, body, at)
    journal.release(TELEMETRY, 5)
    journal.flush()
    return journal


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    flash = FileFlash(tmp_path / "journal", 2 * SEGMENT)
    fill(flash)
    flash.close()
    return tmp_path / "journal"


@pytest.fixture()
def dump(tmp_path: Path) -> Path:
    flash = SimFlash(16, 4096)
    fill(flash)
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    return path


def content(folder: Path) -> str:
    """A hash over every name and byte of a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        total.update(path.name.encode() + (path.read_bytes() if path.is_file() else b""))
    return total.hexdigest()


def tell(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = main(["journal", *[str(part) for part in arguments]])
    said = capsys.readouterr()
    return status, said.out, unwrapped(said.err)


def test_a_node_s_folder_is_told_and_unchanged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(folder.parent)
    status, said, _ = tell(capsys, folder)
    assert status == 0 and max(len(line) for line in said.splitlines()[1:]) <= 80
    assert "epoch abcdef01, boot 1, format 2" in said
    lanes = {line.split()[0]: line.split() for line in said.splitlines() if line}
    assert lanes["alarm"][1:3] == ["2", "2"]
    assert int(lanes["telemetry"][1]) - int(lanes["telemetry"][2]) == 5
    assert "gaps: none" in said and "damage: none" in said and "wear: " in said
    assert tell(capsys, "--verify", "--key", PUBLIC, folder)[0] == 0
    tell(capsys, "--export", folder)
    tell(capsys, "--json", folder)
    assert content(folder.parent) == before


def test_it_looks_while_an_agent_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flash = FileFlash(tmp_path / "journal", SEGMENT)
    fill(flash)
    assert tell(capsys, "--verify", tmp_path / "journal")[0] == 0
    flash.close()


def test_it_looks_while_another_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flash = FileFlash(tmp_path / "journal", SEGMENT)
    journal = fill(flash)
    done = threading.Event()
    seen: list[dict[str, Any]] = []

    def write() -> None:
        # Slower than a survey goes round, and less than the ring holds.
        for seq in range(journal.next_seq(TELEMETRY), 900):
            journal.append(TELEMETRY, seq, bytes(900), seq)
            journal.durable(TELEMETRY)
            if done.wait(0.005):
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(seen) < 2 or seen[-1]["lanes"][1]["last"] <= seen[0]["lanes"][1]["last"]:
            seen.append(json.loads(tell(capsys, "--json", tmp_path / "journal")[1]))
            assert len(seen) < 100 and seen[-1]["epoch"] == 0xABCDEF01
    finally:
        done.set()
        writer.join()
        flash.close()
    assert seen[0]["lanes"][1]["last"] > 20


@pytest.mark.parametrize("sector,unit", [(4096, 4), (4096, 256), (2048, 32), (65536, 4)])
def test_a_dump_is_guessed(
    sector: int, unit: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = SimFlash(8, sector, unit)
    fill(flash, 3)
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    status, said, _ = tell(capsys, "--json", "--verify", "--key", PUBLIC, path)
    found = json.loads(said)
    assert status == 0 and found["ok"] and found["boot"] == 1 and found["formats"] == {"2": 2}
    assert (found["sector_size"], found["unit"], found["sectors"]) == (sector, unit, 8)
    assert [lane["frames"] for lane in found["lanes"]] == [2, 4, 0]
    assert found["lanes"][1]["released"] == [0], "nobody has acknowledged what was not there"


def test_export_has_rows_by_name(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = tell(capsys, "--export", dump)
    lines = [json.loads(line) for line in said.splitlines()]
    kinds = [line["kind"] for line in lines]
    assert kinds.count("rows") == 20 and kinds.count("alarm") == 2 and "schema" in kinds
    rows = next(line for line in lines if line["kind"] == "rows")
    first, second = rows["rows"][0]["readings"]
    assert (first["device"], first["channel"], first["value"]) == ("underpass", "level", 700)
    assert (second["value"], second["quality"], second["unit"]) == (None, "no reply", "Cel")
    assert rows["boot"] == 1 and rows["uptime"] == 1000
    assert cose.parse1(bytes.fromhex(rows["hex"])).payload


def test_one_flipped_bit_is_damage(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(dump.read_bytes())
    data[2 * 4096 + 1000] ^= 1
    dump.write_bytes(data)
    status, said, _ = tell(capsys, "--verify", dump)
    assert status == 1 and "torn bytes in sectors 2" in said and "damaged" in said
    assert tell(capsys, dump)[0] == 0, "to look is no failure"


def test_a_destroyed_header_costs_its_sector(
    dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(dump.read_bytes())
    data[2 * 4096 + 8] ^= 1
    dump.write_bytes(data)
    status, said, _ = tell(capsys, "--verify", "--json", dump)
    found = json.loads(said)
    assert status == 1 and found["damage"]["unreadable_sectors"] == [2] and not found["ok"]


def test_a_forged_frame_is_named(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = sm2.public_key(KEY + 1).hex()
    status, said, _ = tell(capsys, "--verify", "--key", other, dump)
    assert status == 1 and "telemetry 2: " in said and "and 1" in said


def test_the_key_may_stand_in_a_file(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = dump.with_name("device.pub")
    key.write_text(PUBLIC + "\n", encoding="ascii")
    assert tell(capsys, "--verify", "--key", key, dump)[0] == 0
    with pytest.raises(SystemExit):
        main(["journal", "--key", "zz", str(dump)])
    assert "130 hex digits" in unwrapped(capsys.readouterr().err)


def test_a_copy_cut_short(folder: Path, dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump.write_bytes(dump.read_bytes()[:-1000])
    status, said, _ = tell(capsys, "--verify", dump)
    assert status == 1 and "lacks 1000 bytes" in said
    (folder / "segment-0001").unlink()
    with open(folder / "segment-0000", "r+b") as file:
        file.truncate(3 * SECTOR - 10)
    status, said, _ = tell(capsys, "--verify", folder)
    assert status == 1 and "lacks 10 bytes" in said


def test_evictions_are_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flash = SimFlash(8, 4096)
    fill(flash, 200)
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    _, said, _ = tell(capsys, path)
    assert "gaps: 1" in said and "evicted" in said
    found = json.loads(tell(capsys, "--json", path)[1])
    gap = found["lanes"][1]["gaps"][0]
    assert gap["first"] == 6 and gap["last"] == found["lanes"][1]["first"] - 1
    assert found["wear"]["lowest"] >= 0 and found["wear"]["highest"] >= 2


def test_one_header_tells_the_sector_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = SimFlash(8, 4096)
    for boot in (1, 2):  # the second boot goes on in the same sector
        journal = Journal(flash, lambda: 9, 2)
        journal.mount()
        journal.append(TELEMETRY, boot, b"frame", 1000 * boot)
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    found = json.loads(tell(capsys, "--json", path)[1])
    assert found["sector_size"] == 4096 and found["sectors_in_use"] == 1 and found["boot"] == 2
    assert found["lanes"][1]["begin"] == [1, 1000] and found["lanes"][1]["end"] == [2, 2000]


def test_two_platforms_have_cursors_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = SimFlash(8, 4096)
    journal = Journal(flash, lambda: 9, 2, destinations=2)
    journal.mount()
    for seq in range(1, 31):
        journal.append(TELEMETRY, seq, b"frame", seq)
    journal.release(TELEMETRY, 20, 0)
    journal.release(TELEMETRY, 12, 1)
    journal.flush()
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    _, said, _ = tell(capsys, path)
    assert "platform 1 has, up to: alarm 0, telemetry 20" in said
    assert "platform 2 has, up to: alarm 0, telemetry 12" in said
    lane = json.loads(tell(capsys, "--json", path)[1])["lanes"][1]
    assert (lane["frames"], lane["waiting"], lane["gaps"]) == (30, 18, [])


def test_a_gap_has_the_reason_that_the_agent_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = SimFlash(8, 4096)
    journal = fill(flash, 3)
    sealer = Sealer(journal, make_signer(KEY, Entropy()), lambda topic, text: None)
    sealer.record(TELEMETRY, frame.GAP, {1: 2, 2: 3, 3: "worn sector"}, 9000)
    at = 2 * 4096 + 68  # the first record; behind it, the second
    while flash.cells[at + 2] != record.DATA or flash.cells[at + 7] != 2:
        at += record.align(16 + int.from_bytes(flash.cells[at : at + 2], "big"), 4)
    flash.cells[at + 60] ^= 1
    path = tmp_path / "dump.bin"
    path.write_bytes(flash.cells)
    found = json.loads(tell(capsys, "--json", path)[1])
    gap, behind = found["lanes"][1]["gaps"]
    assert gap == {"first": 2, "last": 2, "reason": "worn sector"}
    assert behind["first"] == 6 and behind["reason"] == "torn; the next start skips these"


@pytest.mark.parametrize(
    "made,said",
    [
        (None, "No such file"),
        (b"", "is empty"),
        (bytes(range(256)) * 64, "no journal here: none of the bytes"),
        (b"\xff" * 8192, "erased, nothing was ever stored"),
        (b"\xff" * 8192 + b"PLJ\x03" + bytes(8188), "a journal of format 3"),
        (b"PLJ", "no journal here"),
    ],
)
def test_what_is_no_journal_gets_one_sentence(
    made: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "thing"
    if made is not None:
        path.write_bytes(made)
    for options in ((), ("--sector", "4096")):
        status, out, error = tell(capsys, *options, path)
        assert status == 1 and not out and said in error and len(error.splitlines()) == 1


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = tell(capsys, tmp_path)
    assert status == 1 and "segment-0000" in error and list(tmp_path.iterdir()) == []


def test_an_older_format_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = bytearray(b"\xff" * 4 * 4096)
    zeros = [[0, 0, 0], [0, 0, 0]]
    head = record.header(1, 1, 1, 1, 9, 1, zeros, [1, 1, 1])
    cells[8192 : 8192 + len(head)] = head
    one = record.record(record.DATA, 1, 1, 50, b"no frame", record.salt(1, 9))
    cells[8192 + 56 : 8192 + 56 + len(one)] = one
    path = tmp_path / "dump.bin"
    path.write_bytes(cells)
    found = json.loads(tell(capsys, "--json", path)[1])
    assert found["formats"] == {"1": 1} and found["lanes"][1]["frames"] == 1
    status, said, _ = tell(capsys, "--verify", path)
    assert status == 1 and "telemetry 1: " in said


def test_the_flash_never_writes(dump: Path) -> None:
    flash = ReadOnlyFlash(dump)
    with pytest.raises(OSError, match="only looked at"):
        flash.program(0, 0, b"1234")
    with pytest.raises(OSError, match="only looked at"):
        flash.erase(0)
    flash.close()

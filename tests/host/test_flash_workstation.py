"""What the workstation lacks is one sentence, told before a board is touched where it can be."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning import bundle
from provisioning.flashing import ports, reports, settings, single, usb
from provisioning.flashing.batch_file import Line, read
from provisioning.flashing.command import main
from provisioning.flashing.console import Console
from provisioning.flashing.order import Order
from provisioning.flashing.words import PARTLY, USAGE, Failure
from tests.host.micropython import ROOT
from tests.host.test_flash_words import Scripted

SETTINGS = Path("examples/pole.toml")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def released(office: Path, folder: Path) -> Path:
    """The release key's public half, in a file."""
    trust = folder / "release.pub"
    key = load_or_create(office / "release.key")
    trust.write_text(sm2.public_key(key).hex(), encoding="ascii")
    return trust


def flash(office: Path, folder: Path, *more: str) -> int:
    """Flash a board on a port that is none: whoever gets there says so with another status."""
    trust = released(office, folder)
    return main([
        "--bundle", str(office / "kit.pole"), "--trust", str(trust), "--settings", str(SETTINGS),
        "--port", "loop://", "--language", "en", *more,
    ])  # fmt: skip


@pytest.mark.parametrize("content", [None, "{", '{"devices": 1}'])
def test_a_registry_that_is_none_is_told_before_the_board_is_looked_at(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    path = tmp_path / "registry.json"
    if content is not None:
        path.write_text(content, encoding="ascii")
    given = ("--registry", str(path), "--reports", str(tmp_path / "reports"))
    assert flash(office, tmp_path, *given) == USAGE
    said = capsys.readouterr().out
    assert "The registry cannot be used" in said and "looking at the board" not in said


def test_reports_that_cannot_be_written_are_told_before_the_port_is_opened(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    given = ("--registry", "none.json", "--reports", str(tmp_path / "file" / "reports"))
    assert flash(office, tmp_path, *given) == 1
    said = capsys.readouterr().out
    assert "file/reports: Not a directory" in said and "make room on its disk" in said
    with full_disk(), pytest.raises(Failure, match="workstation"):
        reports.prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_disk_that_is_full_at_the_end_is_a_sentence(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = sm2.public_key(load_or_create(office / "release.key"))
    kit = bundle.load(office / "kit.pole", key)
    order = Order("loop://", SETTINGS, registry=tmp_path / "none.json")
    with full_disk():
        assert single.do(order, kit, tmp_path, Console("zh", False)) == USAGE
    assert "登记表不可用" in capsys.readouterr().out, "what went wrong first"


def test_a_batch_that_cannot_keep_its_book_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [Line(str(number), port="p") for number in range(8)]
    batch = Scripted(lines, [], tmp_path, Console("en", False))
    with full_disk():
        assert batch.parallel(1) == PARTLY
    said = capsys.readouterr().out
    assert said.count("PASS") == 1 and "cannot keep what was done" in said
    assert len(batch.left()) == 8, "what is not in the book is done again"


def test_ctrl_c_ends_a_batch_and_not_the_boards_at_hand_alone(office: Path, tmp_path: Path) -> None:
    trust = released(office, tmp_path)
    ends = [os.openpty() for _ in range(6)]  # nobody answers there
    rows = [f"J-{number},{os.ttyname(slave)}" for number, (_, slave) in enumerate(ends, 1)]
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("\n".join(["id,port", *rows, ""]), encoding="ascii")
    registry = tmp_path / "registry.json"
    registry.write_text('{"devices": []}', encoding="ascii")
    with subprocess.Popen(
        [sys.executable, "flash.py", "--bundle", str(office / "kit.pole"), "--trust", str(trust),
         "--settings", str(SETTINGS), "--registry", str(registry), "--reports", str(tmp_path),
         "--batch", str(jobs), "--parallel", "2", "--language", "en"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as batch:  # fmt: skip
        assert batch.stdout is not None
        first = next(line for line in batch.stdout if "looking at the board" in line)
        batch.send_signal(signal.SIGINT)
        said = first + batch.stdout.read()
        assert batch.wait(60) == 130
    for descriptor in (number for pair in ends for number in pair):
        os.close(descriptor)
    assert "J-3" not in said and "J-6" not in said, said


def test_a_spreadsheet_in_china_writes_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes("id,name\nA,锦江一号\n".encode("gb18030"))
    assert read(path) == [Line("A", "锦江一号")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\xff\xff\xff\x00", "is no CSV"),
        (b"id\n", "names no board"),
        (b"id\na/b\n", "line 2: id 'a/b'"),
        (b"id,longitude,latitude\nA,30,104\nB,204,30\n", "line 2"),
        (b"id,longitude,latitude\nA,104,30\nB,204,30\n", "line 3: no place"),
    ],
)
def test_mistakes_in_a_batch_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(content)
    with pytest.raises(Failure) as failed:
        read(path)
    assert said in failed.value.sentence()


@pytest.mark.parametrize("pole_id", ["", "a/b", "../a", "a b", "锦" * 17])
def test_an_id_that_no_settings_may_have_comes_on_no_board(pole_id: str) -> None:
    with pytest.raises(Failure, match="bad-settings"):
        settings.compile_settings(SETTINGS, pole_id)


def test_a_place_is_on_the_earth() -> None:
    with pytest.raises(Failure, match="bad-settings"):
        settings.compile_settings(SETTINGS, "A", (204.0, 30.0))
    assert settings.compile_settings(SETTINGS, "A.1", (104.0, 30.0)).settings.pole_id == "A.1"


@pytest.mark.parametrize(
    "vendor,port,word",
    [("1a86", None, "no-driver"), ("2e8a", None, "no-mount"), ("046d", None, "no-port"),
     ("1a86", "ttyUSB0", "no-port")],
    ids=["a converter without a port", "a Pico that is a drive", "a mouse", "one with its port"],
)  # fmt: skip
def test_what_is_plugged_in_and_has_no_port_is_named(
    vendor: str, port: str | None, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path / "sys/bus/usb/devices/1-3"
    device.mkdir(parents=True)
    (device / "idVendor").write_text(f"{vendor}\n")
    (device / "idProduct").write_text("7523\n")
    if port:
        (device.parent / f"1-3:1.0/{port}/tty/{port}").mkdir(parents=True)
    monkeypatch.setenv(usb.SYSTEM, str(tmp_path))
    with pytest.raises(Failure) as failed:
        ports.choose(None)
    assert failed.value.word == word and failed.value.status == 3
    assert word != "no-driver" or "CH340/CH9102, USB 1-3" in failed.value.sentence()

"""Simulated boards answer the real esptool and the real mpremote, and fail as boards do."""

import subprocess
import time
from pathlib import Path

import pytest

from provisioning import esp_image
from simulators.boards import firmware, loader, slip
from simulators.boards.chips import ESP32S3, Registers
from simulators.boards.faults import Faults
from simulators.boards.nor import Nor
from simulators.boards.ports import TcpPort
from tests.host import bench_boards
from tests.host.bench_boards import FLASH, SMALL, run, wait_for


@pytest.fixture(autouse=True)
def _tools() -> None:
    bench_boards.need("esptool", "mpremote", "serial")


def esptool(port: str, *arguments: str, seconds: float = 240) -> "subprocess.CompletedProcess[str]":
    return run("esptool", "--port", port, *arguments, seconds=seconds)


def image(folder: Path, chip: str) -> tuple[str, str]:
    """(offset, path) of a small firmware."""
    path = folder / f"{chip}.bin"
    path.write_bytes(firmware.combined(chip, FLASH, SMALL))
    return hex(esp_image.BOOTLOADER_AT[chip]), str(path)


@pytest.mark.parametrize("chip,name", [("esp32", "ESP32"), ("esp32s3", "ESP32-S3")])
def test_a_blank_board_is_flashed_and_boots(tmp_path: Path, chip: str, name: str) -> None:
    at, path = image(tmp_path, chip)
    with bench_boards.board(tmp_path / "board", chip) as board:
        wait_for(lambda: board.mode == "stuck")
        said = esptool(board.port.url, "flash-id").stdout
        assert f"Connected to {name}" in said and "4MB" in said and "24:58:7c:00:00:01" in said
        assert esptool(board.port.url, "write-flash", at, path).returncode == 0
        assert esptool(board.port.url, "verify-flash", at, path).returncode == 0
        back = tmp_path / "back.bin"
        assert esptool(board.port.url, "read-flash", at, "0x9000", str(back)).returncode == 0
        assert back.read_bytes() == Path(path).read_bytes()[:0x9000]
        wait_for(lambda: board.mode == "application")
        said = run("mpremote", "connect", board.port.url, "exec", "print(6 * 7)").stdout
        assert said.strip() == "42"


def test_without_the_stub_and_over_a_socket(tmp_path: Path) -> None:
    at, path = image(tmp_path, "esp32s3")
    with bench_boards.board(tmp_path / "board", port=TcpPort()) as board:
        done = esptool(board.port.url, "--no-stub", "write-flash", at, path)
        assert done.returncode == 0 and "Uploading stub" not in done.stdout, done.stdout
        assert esptool(board.port.url, "verify-flash", at, path).returncode == 0


def test_modem_lines_reset_it_into_either_mode(tmp_path: Path) -> None:
    with bench_boards.board(tmp_path / "board", "esp32", port="rfc2217") as board:
        bench_boards.load(board)
        wait_for(lambda: board.mode == "application")
        done = esptool(board.port.url, "--no-stub", "read-mac")
        assert done.returncode == 0 and "Hard resetting" in done.stdout, done.stdout
        wait_for(lambda: board.mode == "application")
        assert board.starts[-2:] == ["download", "hard"]


def test_files_outlive_a_power_cut_and_main_runs(tmp_path: Path) -> None:
    with bench_boards.board(tmp_path / "board") as board:
        bench_boards.load(board)
        main = tmp_path / "main.py"
        main.write_text("import time\nwhile True: time.sleep(1)\n", encoding="ascii")
        port = board.port.url
        assert run("mpremote", "connect", port, "fs", "cp", str(main), ":main.py").returncode == 0
        board.cut_power()
        wait_for(lambda: board.mode == "application")
        done = run("mpremote", "connect", port, "exec", "import os; print(os.listdir())")
        assert "main.py" in done.stdout, done.stdout  # main.py ran, and was interrupted
        code = "import machine; print(machine.reset_cause() == machine.SOFT_RESET)"
        assert run("mpremote", "connect", port, "exec", code).stdout.strip() == "True"


def test_the_watchdog_bites(tmp_path: Path) -> None:
    with bench_boards.board(tmp_path / "board") as board:
        bench_boards.load(board)
        code = "import machine, time; machine.WDT(timeout=300); time.sleep(30)"
        run("mpremote", "connect", board.port.url, "exec", "--no-follow", code)
        wait_for(lambda: "watchdog" in board.starts)
        run("mpremote", "connect", board.port.url, "exec", "--no-follow", code)
        board.unplug()
        starts = len(board.starts)
        time.sleep(0.5)
        assert len(board.starts) == starts, "a board without power was bitten"


@pytest.mark.parametrize(
    "faults",
    [Faults(dead_from=0x10000), Faults(flip_at=0x12345), Faults(brown_out=2)],
    ids=["dead writes", "bit flip", "brown-out"],
)
def test_a_fault_is_no_success(tmp_path: Path, faults: Faults) -> None:
    at, path = image(tmp_path, "esp32s3")
    with bench_boards.board(tmp_path / "board", faults=faults) as board:
        assert esptool(board.port.url, "write-flash", at, path).returncode != 0
        assert board.nor.read(int(at, 16), 0x18000) != Path(path).read_bytes()[:0x18000]


def test_a_lost_reply_and_a_pulled_cable(tmp_path: Path) -> None:
    """By the loader alone: esptool itself waits many seconds before it gives up."""
    said: list[bytes] = []
    nor = Nor(tmp_path / "flash.bin", FLASH)
    faults = Faults(lost_reply=1, unplug=2)
    rom = loader.Loader(Registers(ESP32S3, bytes(6), FLASH), nor, faults, said.append)
    block = bytes((0, loader.FLASH_DATA, 18, 0, 0xEF, 0, 0, 0, 2)) + bytes(15) + b"\x55\x55"
    begin = bytes((0, loader.FLASH_BEGIN, 16, 0, 0, 0, 0, 0, 2, *bytes(15)))
    rom.feed(slip.encode(begin))
    assert len(said) == 1
    rom.feed(slip.encode(block))
    assert len(said) == 1 and nor.read(0, 3) == b"\x55\x55\xff"  # taken, and nothing said
    rom.feed(slip.encode(block))
    assert rom.outcome == loader.UNPLUG
    nor.close()


def test_a_stub_that_never_starts_hangs_esptool(tmp_path: Path) -> None:
    at, path = image(tmp_path, "esp32s3")
    with bench_boards.board(tmp_path / "board", faults=Faults(no_stub=True)) as board:
        with pytest.raises(subprocess.TimeoutExpired):
            esptool(board.port.url, "write-flash", at, path, seconds=2)
        board.reset()
        assert esptool(board.port.url, "--no-stub", "write-flash", at, path).returncode == 0


def test_another_chip_is_refused_by_name(tmp_path: Path) -> None:
    with bench_boards.board(tmp_path / "board", "esp32") as board:
        done = esptool(board.port.url, "--chip", "esp32s3", "flash-id")
        assert done.returncode != 0 and "This chip is ESP32" in done.stdout + done.stderr

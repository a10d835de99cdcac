"""flash.py on a simulated board, from blank to its first acknowledged frame. Real esptool, real
mpremote, real MicroPython, and a platform that acknowledges. A whole delivery: bench.batch.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.linux import pole_toml
from bench.figure import exact, median
from provisioning import board_image
from provisioning.sentences import SENTENCES
from simulators.boards.faults import Faults
from simulators.boards.town import WIFI, Town

ROOT = Path(__file__).resolve().parents[1]
BOARDS = 50
ALONE = 3  # runs of one board
PARALLEL = 8
# By number: what is wrong with the board, and how the report calls it.
FAULTY: dict[int, tuple[str, Faults, str]] = {
    7: ("esp32s3", Faults(dead_from=0x10000), "verify-failed"),
    19: ("esp32s3", Faults(flip_at=0x23456), "verify-failed"),
    31: ("esp32", Faults(), "wrong-chip"),
    43: ("esp32s3", Faults(silent=True), "silent"),
}
STUBLESS = 25  # esptool's stub never starts there: saved by the watchdog


def measure(boards: int = BOARDS) -> dict[str, Any]:
    """Flash them; how long it took, and whether every verdict is right."""
    with tempfile.TemporaryDirectory(prefix="delivery-") as place:
        town = Town(Path(place))
        kit = town.kit()
        for number in range(1, boards + 1):
            chip, faults, _ = FAULTY.get(number, ("esp32s3", Faults(), ""))
            town.add(chip, Faults(no_stub=True) if number == STUBLESS else faults)
        rows = [f"SIM-{number:04},{board.port.url}" for number, board in enumerate(town.boards, 1)]
        jobs = Path(place) / "jobs.csv"
        jobs.write_text("\n".join(["id,port", *rows, ""]), encoding="utf-8")
        password = Path(place) / "wifi.txt"
        password.write_text(WIFI[1], encoding="utf-8")
        town.start()
        ids = {f"SIM-{number:04}": board for number, board in enumerate(town.boards, 1)}
        retiring = town.retire(ids, Path(place) / "reports" / "batch.jsonl")
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "flash.py", "--bundle", str(kit), "--trust", str(town.trust),
             "--settings", str(town.settings), "--registry", str(town.registry),
             "--wifi", WIFI[0], "--wifi-password-file", str(password), "--batch", str(jobs),
             "--parallel", str(PARALLEL), "--reports", place + "/reports", "--offline"],
            cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        seconds = time.monotonic() - begun
        retiring.end()
        verdicts, times = _reported(Path(place) / "reports")
        town.stop()
    wrong = {
        pole_id: word for pole_id, word in verdicts.items()
        if word != FAULTY.get(int(pole_id[-4:]), ("", None, ""))[2]
    }  # fmt: skip
    return {
        "boards": len(verdicts), "parallel": PARALLEL, "seconds": round(seconds, 1),
        "passed": sum(not word for word in verdicts.values()), "status": done.returncode,
        "reporting": sum(frames > 0 for frames in retiring.reported.values()),
        "wrong_verdicts": wrong, "each_s": times,
    }  # fmt: skip


def _reported(folder: Path) -> tuple[dict[str, str], list[float]]:
    """The word of failure by id, "" for a board that passed; and the seconds of each that did."""
    found: dict[str, str] = {}
    times = []
    for path in folder.glob("*.csv"):
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found[row["id"]] = row["word"]
                if not row["word"]:
                    times.append(float(row["seconds"]))
    return found, times


def figures() -> Iterator[dict[str, Any]]:
    """What a board's slot holds; one board alone."""
    settings = pole_toml.load(ROOT / "examples" / "pole.toml").settings
    names = board_image.slot_files(board_image.needs(), settings, "esp32s3")
    with tempfile.TemporaryDirectory() as folder:
        board_image.compile_agent(Path(folder), "xtensawin")
        sizes = [(Path(folder) / name).with_suffix(".mpy").stat().st_size for name in names]
        sizes.append((Path(folder) / SENTENCES).stat().st_size)
    yield exact("slot of four sensors, esp32s3", sum(sizes), "B", bar=board_image.MAX_SLOT)
    alone = [measure(1)["seconds"] for _ in range(ALONE)]
    yield median("blank board to acknowledged frame", alone, "s", bar=60)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else BOARDS)))

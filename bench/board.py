"""What a board needs: whether its heap grows in a week, and instructions for a poll.

Under the real MicroPython interpreter (unix port, 64 bit: pointers are twice as wide as a board's).
The instructions are counted by callgrind and compared with those that are committed in
bench/results.json. No address is left to chance, so a run is like another to the last instruction;
another folder or environment moves the collector's luck, and the figure by 0.15 %.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.settings import pack
from bench.figure import exact
from provisioning import board_image

ROOT = Path(__file__).resolve().parents[1]
HEAP = "384K"
DAYS = 7
EVERY_MS, SEAL_MS = 3_600_000, 14_400_000
FILLED = 4  # days, until whatever keeps the latest of something has all of it
GROWTH = 64  # bytes: in 35 days two blocks come and go, and none stays
POLLS = (20, 120)  # what both do once cancels out
WORSE = 1.005  # three times what chance makes of it
NAME = "board: instructions of a poll of ten registers"
_POLL = "from tests.scenarios import board_poll; board_poll.main(%d)"
_WORLD = ("clock", "dice", "ledger", "line", "signal", "sensors/__init__", "sensors/twin",
          "sensors/dyp_ultrasonic", "sensors/plantower_pms5003", "sensors/winsen_ze07",
          "sensors/witmotion_tilt", "__init__")  # fmt: skip


def _interpreter(*before: str) -> list[str]:
    """The interpreter's command behind that of a tool, without chance: PyPI's port of it lives
    within CPython, whose hashes and addresses would differ from run to run."""
    found = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if found is None:
        raise OSError(2, "micropython is not installed: run `make setup`")
    steady = ["setarch", "-R"] if shutil.which("setarch") else []
    return [*steady, *before, found]


def _environment(**more: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", **more}


def _settings() -> bytes:
    def device(name: str, driver: str, **options: int) -> dict[str, Any]:
        return {"name": name, "driver": driver, "every_ms": EVERY_MS, "options": options,
                "alarms": []}  # fmt: skip

    level = device("underpass", "dyp-ultrasonic", address=1, mount=3200)
    level["alarms"] = [
        {"channel": "level", "direction": 1, "limit": 300, "clear": 250, "for_ms": 0}
    ]
    lines = {
        "rs485": [level, device("cover", "witmotion-tilt", address=80)],
        "gas": [device("chamber", "winsen-ze07")],
        "air": [device("air", "plantower-pms5003")],
    }
    uplink = {"carrier": "mqtt", "url": "", "seal_ms": SEAL_MS, "beacon_ms": 600_000,
              "retry_max_ms": 60_000, "platform_key": b""}  # fmt: skip
    named = [{"name": name, "port": "", "mode": "9600 8N1", "devices": devices}
             for name, devices in lines.items()]  # fmt: skip
    return pack({"pole": {"id": "CD-JJ-0001", "place": None}, "uplink": uplink,
                 "journal": {"size": 0}, "lines": named})  # fmt: skip


def _week(folder: Path) -> list[dict[str, int]]:
    """What each day's end says; empty if the heap was too small. The agent's files are compiled one
    by one; linked, as boards get them, they take less."""
    world = [f"simulators/world/{name}.py" for name in _WORLD]
    for source in [*board_image.sources(), "agent/frame_reader.py", *world]:
        board_image.compile_file(ROOT / source, (folder / source).with_suffix(".mpy"), source)
    (folder / "simulators" / "__init__.py").touch()
    for source in ("tests/scenarios/small_journal.py", "tests/scenarios/board_week.py"):
        board_image.compile_file(ROOT / source, folder / f"{Path(source).stem}.mpy", source)
    (folder / "settings.bin").write_bytes(_settings())
    done = subprocess.run(
        [*_interpreter(), "-X", f"heapsize={HEAP}", "-c",
         f"import board_week; board_week.main({DAYS})"],
        cwd=folder, env=_environment(MICROPYPATH=str(folder)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        print(f"  {done.stdout[-300:]}{done.stderr[-600:]}")
        return []
    return [
        {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", line)}
        for line in done.stdout.splitlines()
    ]


def _instructions(polls: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        done = subprocess.run(
            [*_interpreter("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"),
             "-X", "heapsize=1M", "-c", _POLL % polls],
            cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise OSError(5, f"callgrind: {done.stderr[-600:]}")
        for line in out.read_text(encoding="ascii").splitlines():
            if line.startswith(("summary:", "totals:")):
                return int(line.split()[1])
    raise OSError(5, "callgrind says no total")


def _committed() -> float | None:
    """The figure that stands in the last commit."""
    shown = subprocess.run(["git", "show", "HEAD:bench/results.json"], cwd=ROOT,
                           capture_output=True, text=True, check=False)  # fmt: skip
    rows = json.loads(shown.stdout) if shown.returncode == 0 else []
    found = [float(row["value"]) for row in rows if row["name"] == NAME]
    return found[0] if found else None


def figures() -> Iterator[dict[str, Any]]:
    """One week; the instructions of one poll, where valgrind is installed."""
    with tempfile.TemporaryDirectory() as folder:
        days = _week(Path(folder))
    lived = len(days) == DAYS
    name = "board, four sensors, a simulated week"
    yield exact(f"{name}: days lived", len(days), "days", bar=DAYS, at_most=False)
    if lived:
        growth = days[-1]["used"] - days[FILLED - 1]["used"]
        yield exact(f"{name}: growth from the fourth day's end", growth, "B", bar=GROWTH)
        yield exact(f"{name}: frames signed", days[-1]["sealed"], "frames")
    if shutil.which("valgrind") is None:
        print("  instructions: left out, valgrind is not installed")
        return
    few, many = (_instructions(polls) for polls in POLLS)
    before = _committed()
    if before is None:
        print("  instructions: no committed figure to compare with")
    bar = None if before is None else before * WORSE
    yield exact(NAME, (many - few) / (POLLS[1] - POLLS[0]), "instructions", bar=bar)

"""The whole application of a board whose journal fills while no platform is there, in a heap of 160
KB: what gives up sectors is loaded when the journal is full, and the room for it is there.
"""

import os
import subprocess
from pathlib import Path

from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.protocols import sm2
from agent.reading import ALARM, DIAGNOSTIC, TELEMETRY
from simulators.demo import poles
from simulators.free_port import free_port
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from tests.host.micropython import interpreter

HEAP = "160K"
PARTITION = 9 * 4096  # bytes: full in some simulated minutes
# Its time is what its steps ask for. It goes on until it has given up more than one sector.
LIFE = """
import sys
sys.path.insert(0, "lib")
from board import app, esp32s3
LATE = "agent.buffer.eviction"
agent = app.build(esp32s3, 0)
agent.step(0)
app.forget("agent.beginning", "agent.protocols.varint_reader")
now, end = 1, 7200000
assert LATE not in sys.modules
while now < end:
    now = max(now + 1, agent.step(now))
    if LATE in sys.modules and end == 7200000:
        end = now + 900000
assert LATE in sys.modules, "it was never full"
print("it lived")
"""


def test_a_full_journal_gives_up_its_oldest(tmp_path: Path) -> None:
    board = poles.DemoBoard(tmp_path / "board", "CD-WH-0002", "Wuhou", (104.0, 30.0))
    lines = Lines()
    board.sensors(lines, ReadingLog(tmp_path / "sensors.jsonl"), 1)
    try:
        board.configure("mqtt", f"mqtt://127.0.0.1:{free_port()}", sm2.public_key(5))
        partition = board.folder / "journal.partition"
        partition.write_bytes(b"\xff" * PARTITION)
        done = subprocess.run(
            [interpreter(), "-X", f"heapsize={HEAP}", "-c", LIFE],
            cwd=board.folder, env={**os.environ, **board._command("power-on")[1]},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        lines.stop()
        board.dismantle()
    assert done.stdout.endswith("it lived\n"), done.stdout[-4000:] + done.stderr
    journal = Journal(ReadOnlyFlash(partition), lambda: 0, SECTORS)
    journal.mount()
    ((first, last, reason, _, _),) = journal.missing(TELEMETRY)
    assert (first, reason) == (1, "evicted") and last > 20
    held = range(last + 1, journal.next_seq(TELEMETRY))
    assert len(held) > 20 and all(journal.read(TELEMETRY, seq) for seq in held)
    for lane in (ALARM, DIAGNOSTIC):
        assert journal.next_seq(lane) > 1 and not journal.missing(lane), lane

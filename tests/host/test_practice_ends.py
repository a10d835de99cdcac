"""The practice pole runs until Ctrl-C or the end of what is typed, on a real terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_S = 90


class Terminal:
    """`pole commission practice` with a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent.cli.main", "commission", "practice", str(folder)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # now it controls it
        )
        os.close(slave)
        self.said = b""

    def until(self, word: bytes) -> None:
        """Wait until it has said that."""
        end = time.monotonic() + PATIENCE_S
        while word not in self.said:
            assert time.monotonic() < end and self.process.poll() is None, self.said
            if select.select([self.master], [], [], 0.2)[0]:
                self.said += os.read(self.master, 4096)

    def end(self) -> None:
        """Let go of it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path / "practice")
    try:
        yield found
    finally:
        found.end()


@pytest.mark.parametrize("key", [b"\x03", b"1\n\x04"], ids=["ctrl-c", "ctrl-d"])
def test_it_ends_when_it_is_told_to(terminal: Terminal, key: bytes) -> None:
    terminal.until(b"POLE:")  # the label, which is the last that it says by itself
    os.write(terminal.master, key)
    status = terminal.process.wait(PATIENCE_S)
    assert status == (130 if key == b"\x03" else 0)

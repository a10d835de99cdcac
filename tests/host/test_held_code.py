"""What a board has loaded is seen in its memory: what it let go of is not there, all else is."""

import subprocess
from pathlib import Path

import pytest

from bench.held_code import DUMP, TELL, Heap, MpyFile, held
from provisioning import board_image
from tests.host.micropython import interpreter

PARTS = """
class Part:
    def __init__(self, first, second):
        self.all = [first, second, first + second, first - second, first * second, (first, second)]

    def sum(self):
        return [each for each in self.all if each is not None and each not in (1, 22, 333, 4444)]

def of(text):
    return [Part(ord(letter), text.count(letter)) for letter in sorted(text) if letter != " "]
"""
WARM = "import gc, parts\nmade = parts.of('pole')\n"
LET_GO = "parts.Part.__init__ = None\nparts.of = None\n"


def tell(folder: Path, program: str) -> Heap:
    """The heap of an interpreter that ran a program."""
    ran = subprocess.run(
        [interpreter(), "-X", "heapsize=64K", "-c", program + TELL],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return Heap(ran.stdout, (folder / DUMP).read_bytes())


def test_what_is_let_go_leaves_the_memory(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(PARTS, encoding="utf-8")
    board_image.compile_file(source, tmp_path / "parts.mpy", "parts")
    size = (tmp_path / "parts.mpy").stat().st_size
    module, of_class, constructor, total, inside, of, inside_of = MpyFile(
        (tmp_path / "parts.mpy").read_bytes()
    ).functions
    heap = tell(tmp_path, WARM)
    assert "parts" in heap.modules
    assert all(map(heap.holds, (constructor, total, inside, of, inside_of)))
    assert not heap.holds(module) and not heap.holds(of_class)  # they have run
    assert held(heap, tmp_path, tmp_path) == size - len(module) - len(of_class)
    heap = tell(tmp_path, WARM + LET_GO)
    assert heap.holds(total) and heap.holds(inside)
    assert not any(map(heap.holds, (constructor, of, inside_of)))
    gone = len(module) + len(of_class) + len(constructor) + len(of) + len(inside_of)
    assert held(heap, tmp_path, tmp_path) == size - gone
    heap = tell(tmp_path, WARM + "import sys\ndel parts, made, sys.modules['parts']\n")
    assert not any(map(heap.holds, (constructor, total, of)))
    assert held(heap, tmp_path, tmp_path) == 0


def test_every_file_of_a_board_is_understood(tmp_path: Path) -> None:
    for chip, architecture in board_image.ARCHITECTURES.items():
        board_image.compile_agent(tmp_path / chip, architecture)
    files = list(tmp_path.rglob("*.mpy"))
    assert len(files) > 300
    for file in files:
        data = file.read_bytes()
        assert sum(map(len, MpyFile(data).functions)) < len(data)
    for data in (b"", b"M\x05\0\0", files[0].read_bytes() + b"\0"):
        with pytest.raises(ValueError, match="\\.mpy file"):
            MpyFile(data)


def test_a_board_that_told_nothing_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(ValueError, match="did not tell"):
        Heap("Traceback: MemoryError", b"")

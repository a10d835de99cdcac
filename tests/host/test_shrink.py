"""A board's modules become small, and do what they did."""

import builtins
import subprocess
import symtable
import sys
from pathlib import Path
from typing import Any

import pytest

from provisioning import board_image
from provisioning.link import link, order
from provisioning.sentences import move_sentences
from provisioning.shrink import shrink, units
from provisioning.strip import strip

WORDS = """
import binascii
LIMIT = [3]
total = 0
def grow(by):
    global total
    total += by
    return total
def read(data):
    return binascii.crc32(data)
class Word:
    def __init__(self, text):
        self.text = text
"""
BOOK = """
import binascii
from package import words
from package.words import Word, grow as enlarge
def read(words_of):
    total = 100
    def inner(binascii):
        return total + binascii + words.total
    return [each.text for each in words_of] + [inner(1), words.LIMIT[0]]
class Shelf(Word):
    read = 5
    def count(self, read=read):
        return read, self.read, words.read(b"x"), binascii.crc32(b"y")
def late():
    from package.words import read as other
    return other(b"z"), [read for read in (1, 2)], (lambda Word: Word)(4)
"""
USER = """
from package import book, words
from package.book import Shelf, Word
def result():
    book.enlarge(7)
    return book.read([Word("a"), Shelf("b")]), Shelf("c").count(), book.late(), words.grow(1)
"""


def run(folder: Path, sources: dict[str, str]) -> str:
    """What user.result() returns where the modules are those sources."""
    for name, text in sources.items():
        path = folder / (name.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    program = "from package import user; print(user.result())"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_linked_modules_do_what_they_did(tmp_path: Path) -> None:
    plain = {"package.words": WORDS, "package.book": BOOK, "package.user": USER}
    members = order(plain, {"package.book", "package.words"})
    assert members == ["package.words", "package.book"]
    linked = link(plain, members, "package.one")
    assert set(linked) == {"package.one", "package.user"}
    assert "from package" not in linked["package.one"]
    said = run(tmp_path / "plain", plain)
    assert run(tmp_path / "linked", linked) == said
    assert said.startswith("(['a', 'b', 108, 3], (5, 5, ")


def test_a_module_that_is_used_as_a_whole_cannot_be_linked() -> None:
    sources = {"package.words": WORDS, "package.book": "from package import words\nuse = words\n"}
    with pytest.raises(ValueError, match=r"package\.book uses words as a whole"):
        link(sources, ["package.words", "package.book"], "package.one")


SPOKEN = """
from package.words import Word, grow
def speak():
    return grow(2), Word("d").text
"""


def test_a_member_that_gives_its_name_is_spoken_to_as_before() -> None:
    plain = {"package.words": WORDS, "package.spoken": SPOKEN}
    members = ["package.words", "package.spoken"]
    linked = link(plain, members, "package.spoken")
    assert set(linked) == {"package.spoken"}
    scope: dict[str, Any] = {}
    exec(linked["package.spoken"], scope)
    assert scope["speak"]() == (2, "d")
    assert not {"Word", "grow"} & set(scope)  # nobody else knows them
    plain["package.spoken"] += "def total():\n    pass\n"
    with pytest.raises(ValueError, match=r"total of package\.spoken is also the name of something"):
        link(plain, members, "package.spoken")


DRIVER = """
from agent.drivers.driver import Driver, Option, reading
class Device(Driver):
    model = "some-model"
    title = "Some model of somebody"
    options = (Option("one"),)
    gap_ms = 7
    def read(self):
        raise BadFrame("a sentence of %d words" % 5)
"""
BASE = """
from agent.errors import BadFrame
class Option:
    pass
class Driver:
    title = ""
    gap_ms = 0
def reading(value):
    raise ValueError("another sentence")
def unused():
    return reading(1)
"""
LOADER = """
def load(name):
    return __import__(name, None, None, ("Device",)).Device
"""


def test_what_nobody_reads_on_a_board_is_left_out() -> None:
    small = strip({"agent.drivers.some": DRIVER, "agent.drivers.driver": BASE,
                   "agent.errors": "class BadFrame(Exception): pass",
                   "board.load": LOADER})  # fmt: skip
    some, base = small["agent.drivers.some"], small["agent.drivers.driver"]
    assert "some-model" in some and "gap_ms = 7" in some and "raise BadFrame('bad frame')" in some
    assert "title" not in some + base and "Option" not in some + base
    assert "unused" not in base and "def reading" not in base and "class Driver" in base
    assert "load" in small["board.load"]


def test_every_name_of_a_small_board_is_known() -> None:
    texts = move_sentences(board_image.texts())[0]
    small = shrink(texts)
    assert {board_image._dotted(name) for name in board_image.files()} == set(small)
    for target, members in units(texts).items():
        assert target in small and len(members) > 1 and not (members - {target}) & set(small)
    for name, text in small.items():
        table = symtable.symtable(text, name, "exec")
        known = bound(table) | set(dir(builtins))
        known |= {"__file__", "__name__", "ptr8", "ptr16", "ptr32"}
        unknown = {one for one in used(table) if one not in known}
        assert not unknown, (name, unknown)


def used(table: symtable.SymbolTable) -> set[str]:
    """The global names that a scope and all in it read."""
    found = {
        one.get_name()
        for one in table.get_symbols()
        if one.is_referenced() and (one.is_global() or table.get_type() == "module")
    }
    return found.union(*(used(child) for child in table.get_children()))


def bound(table: symtable.SymbolTable) -> set[str]:
    """The global names that a module binds, also inside its functions."""
    found = {
        one.get_name()
        for one in table.get_symbols()
        if (one.is_assigned() or one.is_imported())
        and (one.is_declared_global() or table.get_type() == "module")
    }
    return found.union(*(bound(child) for child in table.get_children()))

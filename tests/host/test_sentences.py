"""What a board says moves into a file beside its code, and is said as before."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from board import texts
from provisioning import board_image
from provisioning.sentences import SENTENCES, move_sentences
from tests.host.micropython import ROOT, interpreter

READER = (ROOT / "board" / "texts.py").read_text(encoding="utf-8")
CODE = '''
"""A module that says things."""
from agent.errors import Refused, BadFrame
TABLE = {1: "a sentence of a table"}
def log(topic, text):
    print(topic, text)
class Pole:
    log = print
    def work(self, unit, code="a sentence of a default"):
        """A sentence that tells what this is."""
        log("line topic too long", "nothing came: check the power")
        self.log("line", "unit %d: %s – 查电源" % (unit, TABLE[1]))
        why = "the line is out of order: %s" % unit
        self.state = "a sentence that is sent"
        self.log("line", ("one of %d ways" if unit else "another of %d ways") % unit)
        self.log("line", "more than 90 % of it is full")
        try:
            raise Refused("the meter refused" if unit else "the other meter refused")
        except Refused as error:
            print(error, why, code, self.state, "short %d" % unit)
        try:
            raise BadFrame("what it says here, a board does not say")
        except BadFrame as error:
            print(error)
Pole().work(3)
Pole().work(0)
'''
ERRORS = (ROOT / "agent" / "errors.py").read_text(encoding="utf-8")


def said(folder: Path, sources: dict[str, str], beside: bytes) -> str:
    """What it prints on the real interpreter, from .mpy, in a folder that lies elsewhere."""
    for name, text in sources.items():
        source = folder / f"{name.replace('.', '/')}.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, encoding="utf-8")
        board_image.compile_file(source, source.with_suffix(".mpy"), source.name)
        source.unlink()
    (folder / SENTENCES).write_bytes(beside)
    return subprocess.run(
        [interpreter(), "-c", "import agent.some"], cwd=folder.parent,
        env={**os.environ, "MICROPYPATH": str(folder)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_what_is_said_stays_and_lies_in_the_file(tmp_path: Path) -> None:
    plain = {"agent.some": CODE, "agent.errors": ERRORS}
    moved, file = move_sentences(plain)
    assert file.decode().splitlines() == [
        "line topic too long", "nothing came: check the power", "unit %d: %s – 查电源",
        "the line is out of order: %s", "the meter refused", "the other meter refused",
    ]  # fmt: skip
    assert moved["agent.some"].count("text_at(") == 6
    before = said(tmp_path / "plain", plain, b"")
    assert before.count("refused") == 2
    # On a board it is linked into a module of the agent.
    moved = {name: text.replace("board.texts", "agent.texts") for name, text in moved.items()}
    moved["agent.texts"] = READER
    assert said(tmp_path / "moved", moved, file) == before


def test_who_lies_elsewhere_or_is_gone_after_the_start_keeps_them() -> None:
    code = 'def f(log):\n    log("topic", "a sentence of some length")\n'
    kept = ("board.slots", "board.selftest", "agent.beginning", "board.texts")
    sources = dict.fromkeys((*kept, "board.mqtt", "agent.bus"), code)
    moved, file = move_sentences(sources)
    assert [name for name in sources if moved[name] == code] == list(kept)
    assert file == b"a sentence of some length\n"


def test_each_place_is_the_beginning_of_a_sentence() -> None:
    moved, file = move_sentences(board_image.texts())
    starts = {0} | {at + 1 for at, byte in enumerate(file[:-1]) if byte == ord("\n")}
    places = {
        node.args[0].value
        for text in moved.values() for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id == "text_at" and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert places == starts and len(starts) > 40


def test_a_sentence_that_cannot_be_read_is_told_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "__file__", str(tmp_path / "sensing.mpy"))
    assert texts.text_at(7) == "text 7 ()"
    assert texts.text_at(7, ("gas", 3)) == "text 7 ('gas', 3)"
    (tmp_path / "sentences.txt").write_bytes("first\n第二 %d\n".encode())
    assert texts.text_at(0) == "first" and texts.text_at(6, 8) == "第二 8"


def test_the_whole_agent_brings_its_file(tmp_path: Path) -> None:
    board_image.compile_agent(tmp_path)
    assert b"\nno connection: %s\n" in (tmp_path / SENTENCES).read_bytes()

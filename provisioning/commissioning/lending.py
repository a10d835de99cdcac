"""A board on a USB port is lent to the laptop: its application stops, and the laptop brings code
that works with the board's own key, settings and journal, until it gives the board back.
"""

from dataclasses import dataclass
from pathlib import Path

from agent.settings import Settings, unpack
from provisioning.commissioning import held_code
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl

FOLDER = "/held"  # as board/slots.py calls it, and clears it
START_S = 60.0
GONE_MS = 90_000  # a laptop that asked for nothing for so long is gone

_FIND = """
import slots
folder = slots.Slots().folder()
with open(folder + "settings.bin", "rb") as file:
    print(file.read().hex())
with open(folder + "manifest") as file:
    print(file.readline().split()[2])
import sys
print(sys.platform)
print(folder)
"""
# A laptop that goes without a word: the watchdog starts the board again, and that start takes away
# what was brought, and is no failure of its application (board/slots.py).
_GUARD = """
import machine
try:
    dog = machine.WDT(timeout={patience})
except ValueError:
    dog = machine.WDT(timeout=8000)
"""
_FOLDERS = """
import os
for name in {names!r}:
    try:
        os.mkdir(name)
    except OSError:
        pass
"""
_END = f"import install; install.remove({FOLDER!r})"


@dataclass(frozen=True)
class Lent:
    """A board that is held. board: its file's name; platform: its sys.platform; slot: the folder of
    its application, "/" at the end."""

    settings: Settings
    board: str
    platform: str
    slot: str


def lend(repl: Repl, looking: dict[str, str], more: dict[str, bytes] | None = None) -> Settings:
    """Hold the board, and bring what it needs. What is run there from now on imports it, and finds
    the slot's ``folder`` and the watchdog ``dog``. looking: of held_code; more: files besides, by
    name. Returns the slot's settings. NoAnswer, RemoteError, and ValueError where the board's code
    does not compile."""
    there = hold(repl)
    bring(repl, FOLDER, code(there, looking) | (more or {}))
    repl.run(f"import sys; sys.path.insert(0, {FOLDER!r})")
    return there.settings


def hold(repl: Repl) -> Lent:
    """Hold the board, guarded by the watchdog ``dog``; what it is. NoAnswer, RemoteError."""
    repl.hold()
    repl.run(_GUARD.format(patience=GONE_MS))
    packed, board, platform, slot = repl.run(_FIND).split()
    return Lent(unpack(bytes.fromhex(packed)), board, platform, slot)


def code(there: Lent, looking: dict[str, str]) -> dict[str, bytes]:
    """What a board needs to be looked into, by name. ValueError where it does not compile."""
    return held_code.compiled(there.settings, there.board, there.platform, looking)


def bring(repl: Repl, folder: str, content: dict[str, bytes]) -> None:
    """Write files into a folder of a board that is held. NoAnswer, RemoteError."""
    parents = {parent for name in content for parent in Path(folder, name).parents}
    repl.run(_FOLDERS.format(names=sorted(str(path) for path in parents)[1:]))
    for name, data in content.items():
        repl.put(f"{folder}/{name}", data)
        repl.run("dog.feed()")


def give_back(repl: Repl) -> str:
    """Take away what was brought, and let the board start its own application, as far as it
    answers; "", or in words how far it did not."""
    trouble = ""
    for do in (lambda: repl.run(_END), repl.restart):
        try:
            do()
        except (NoAnswer, RemoteError) as error:
            trouble = trouble or str(error)
    repl.close()
    return trouble

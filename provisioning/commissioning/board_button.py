"""A page in a board's slot, which its button opens (board/button.py)."""

import ast
import hashlib
from contextlib import suppress
from dataclasses import dataclass

from agent.errors import NotAcknowledged
from agent.protocols.sm2_sign import DEFAULT_TABLE
from provisioning import sm2_table
from provisioning.commissioning import board_air, held_code, lending
from provisioning.commissioning.board_air import Air
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl

ADDRESS = "192.168.4.1"  # of an access point by MicroPython, on all chips
_OPEN = """\
import page, snapshot, recorder, advice
page = page.Page(slots.folder(), snapshot.snapshot, recorder.Recorder(), dog, advice, {folder!r})
page.open({network!r}, {password!r}, {port})
page.run({length}, slots.restart)
"""
# It gets its name when it is whole: a page that was cut short is none.
_REPLACE = """
import install, os
install.remove({old!r})
os.rename({new!r}, {old!r})
"""

# Takes a page from where it lies; the names of its files.
_TAKE = """
import os
def files(folder):
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            files(path)
        else:
            print(path)
os.rename({old!r}, {new!r})
files({new!r})
"""
# What a page says of itself, before an update takes it away: what open.py calls, and with what.
_READ = """
import slots
made = slots.Slots()
try:
    with open((made.folder() if made.active else "/") + "page/open.py", "rb") as file:
        print(repr(file.read()))
except OSError:
    print(None)
"""


@dataclass(frozen=True)
class Opening:
    """How the button opens a page: the Wi-Fi's name and password, the page's port, for how long in
    ms."""

    network: str
    password: str
    port: int
    length: int


def lay(port: str, code: str, for_ms: int, web_port: int = 80) -> Air:
    """Put a page into the slot of the board on a port, for its button to open so long each time.
    code: the one inside the box. NotAcknowledged, in one sentence, where the board does not take
    part: then it works by itself as before."""
    repl = Repl(port)
    try:
        there = lending.hold(repl)
        pole = there.settings.pole_id
        name, secret = board_air.network(pole), board_air.password(code, pole)
        put(repl, there, Opening(name, secret, web_port, for_ms))
        repl.restart()
    except (NoAnswer, RemoteError, ValueError) as error:
        lending.give_back(repl)
        raise NotAcknowledged(f"the board does not take part: {error}") from error
    repl.close()
    where = ADDRESS if web_port == 80 else f"{ADDRESS}:{web_port}"
    return Air(name, secret, f"http://{where}/")


def put(repl: Repl, there: lending.Lent, opening: Opening, before: str = "") -> list[str]:
    """Put a page into the slot of a board that is held; the names of the files that were written.
    before: the folder of another one, which is gone then: what in it is as it should be, by its
    hash, is taken over. NoAnswer, RemoteError, and ValueError where the board's code does not
    compile."""
    old, new = f"{there.slot}page", f"{there.slot}page.new"
    table = sm2_table.compiled(there.settings.sign_table or DEFAULT_TABLE)
    content = lending.code(there, held_code.AIR) | table | board_air.files()
    content["open.py"] = _OPEN.format(
        folder=f"{old}/", network=opening.network, password=opening.password, port=opening.port,
        length=opening.length,
    ).encode()  # fmt: skip
    away = f"import install; install.remove({new!r})"
    repl.run(away)
    right = _taken(repl, before, new, content) if before else set()
    wrong = {name: data for name, data in content.items() if name not in right}
    try:
        lending.bring(repl, new, wrong)
        if _right(repl, new, wrong) != set(wrong):
            raise RemoteError("the flash does not hold what was written")
    except RemoteError:
        with suppress(NoAnswer, RemoteError):
            repl.run(away)  # there is no room: none is left for the journal either
        raise
    repl.run(_REPLACE.format(old=old, new=new))
    return sorted(wrong)


def _taken(repl: Repl, before: str, new: str, content: dict[str, bytes]) -> set[str]:
    """Make the folder before the folder new; the names of its files, which are as in content: no
    others stay."""
    try:
        there = repl.run(_TAKE.format(old=before, new=new)).splitlines()
        names = {path.removeprefix(f"{new}/") for path in there}
        right = _right(repl, new, {name: content[name] for name in names & set(content)})
        wrong = [f"{new}/{name}" for name in sorted(names - right)]
        repl.run(f"import os\nfor name in {wrong!r}: os.remove(name)")
    except RemoteError:  # it cannot even be read
        repl.run(f"import install\nfor name in {[before, new]!r}: install.remove(name)")
        return set()
    return right


def _right(repl: Repl, folder: str, content: dict[str, bytes]) -> set[str]:
    """The names of the files in a folder that are as in content. RemoteError where one cannot be
    read."""
    found = repl.hashes([f"{folder}/{name}" for name in sorted(content)])
    repl.run("dog.feed()")
    return {name for name, data in content.items()
            if found.get(f"{folder}/{name}") == hashlib.sha256(data).hexdigest()}  # fmt: skip


def laid(repl: Repl) -> Opening | None:
    """How the page in the slot that a board runs is opened; None where it has none. NoAnswer,
    RemoteError."""
    text = ast.literal_eval(repl.run(_READ))
    if text is None:
        return None
    calls = {part.func.attr: [ast.literal_eval(each) for each in part.args
                              if isinstance(each, ast.Constant)]
             for part in ast.walk(ast.parse(text))
             if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)}  # fmt: skip
    return Opening(*calls["open"], *calls["run"])

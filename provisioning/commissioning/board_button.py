"""A page in a board's slot, which its button opens (board/button.py)."""

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


def lay(port: str, code: str, for_ms: int, web_port: int = 80) -> Air:
    """Put a page into the slot of the board on a port, for its button to open so long each time.
    code: the one inside the box. NotAcknowledged, in one sentence, where the board does not take
    part: then it works by itself as before."""
    repl = Repl(port)
    try:
        there = lending.hold(repl)
        pole = there.settings.pole_id
        old, new = f"{there.slot}page", f"{there.slot}page.new"
        name, secret = board_air.network(pole), board_air.password(code, pole)
        table = sm2_table.compiled(there.settings.sign_table or DEFAULT_TABLE)
        content = lending.code(there, held_code.AIR) | table | board_air.files()
        content["open.py"] = _OPEN.format(folder=f"{old}/", network=name, password=secret,
                                          port=web_port, length=for_ms).encode()  # fmt: skip
        repl.run(f"import install; install.remove({new!r})")
        lending.bring(repl, new, content)
        repl.run(_REPLACE.format(old=old, new=new))
        repl.restart()
    except (NoAnswer, RemoteError, ValueError) as error:
        lending.give_back(repl)
        raise NotAcknowledged(f"the board does not take part: {error}") from error
    repl.close()
    where = ADDRESS if web_port == 80 else f"{ADDRESS}:{web_port}"
    return Air(name, secret, f"http://{where}/")

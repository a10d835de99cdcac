"""A page that was laid into a board for its button (``pole commission board --button``): an update,
whose journal the old one may not be able to read, lays another one beside the new application. It
opens as before. What of the old one is as it should be, by its hash on the board, is taken over;
what is not, older or damaged or changed by hand, is written.
"""

from agent.agent import VERSION
from provisioning.commissioning import board_button, lending
from provisioning.commissioning.board_button import Opening
from provisioning.flashing.repl import NoAnswer, RemoteError
from provisioning.flashing.work import Work


def found(work: Work) -> Opening | None:
    """How the page is opened that the board has, before its slot changes; None for none, and for
    one that does not tell: only who has the code inside the box can lay another one."""
    try:
        return board_button.laid(work.repl)
    except RemoteError:
        return None  # no application was there
    except (ValueError, SyntaxError, KeyError, TypeError):
        _tell_lost(work, "open.py")
        return None


def lay(work: Work, opening: Opening) -> None:
    """Lay it into the slot that was confirmed a moment ago. Where that cannot be, the update is
    good all the same, and the technician is told."""
    if work.kit.version != VERSION:  # a page is made from what is here, not from the bundle
        _tell_lost(work, f"{VERSION}, {work.kit.version}")
        return
    work.emit("report-in", "found", word="page-again")
    try:
        there = lending.hold(work.repl)
        root, slot = there.slot[:-2], there.slot[-2]
        before = f"{root}{'b' if slot == 'a' else 'a'}/page"  # there is no way back to it
        written = board_button.put(work.repl, there, opening, before)
        work.repl.restart()
    except (NoAnswer, RemoteError, ValueError) as error:
        lending.give_back(work.repl)
        _tell_lost(work, str(error))
        return
    work.record["page"] = f"{there.slot}page"
    work.record["page_written"] = written


def _tell_lost(work: Work, reason: str) -> None:
    work.emit(work.step_name, "found", word="page-lost", reason=reason)

"""What lies beside the slots outlives every update: a later application, made smaller in another
way, still finds all of it by name."""

import ast

from provisioning import board_image
from provisioning.sentences import move_sentences
from provisioning.shrink import shrink

# Of board/slots.py: what applications, board/install.py and the workstation ask of it.
NAMES = {"Slots", "root", "active", "fallback", "confirmed", "failures", "hours", "deadline",
         "reason", "folder", "complete", "confirm", "failed", "hour", "back", "save", "restart",
         "hold", "start"}  # fmt: skip


def named(text: str) -> set[str]:
    """What is defined, or set in an object."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return found


def test_the_names_of_what_no_update_replaces_stay() -> None:
    texts = move_sentences(board_image.texts())[0]
    small = shrink(texts)
    assert named(texts["board.slots"]) >= NAMES, "a name has changed: what of boards in the field?"
    assert named(small["board.slots"]) >= NAMES
    assert {"begin", "switch", "remove"} <= named(small["board.install"])
    assert "memory" in named(small["board.scratch"])

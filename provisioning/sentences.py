"""Moves the sentences of a board's log and of its errors into one file beside its code: in the heap
each takes 90 bytes, though most are never said. A board reads one when it says it (board.texts).

Only what people read: what is logged, what an error is made of, and what is filled in there. What
goes into frames stays, and so do modules that lie elsewhere, or leave the heap after the start.
"""

import ast
from typing import Any

SENTENCES = "agent/sentences.txt"
_LEAST = 14  # characters: what is shorter costs as much as reading it
_FROM = "board.texts"
# Whose sentences stay: they are loaded for a moment, or hold machine code.
_STAY = ("agent.assembly", "agent.beginning", "agent.grouping", "agent.settings",
         "agent.buffer.recovery", "agent.protocols.urls", "agent.drivers")  # fmt: skip
_OF_BOARDS = ("board.coap", "board.flash", "board.line", "board.mqtt", "board.tls")
# What provisioning.strip says in their stead is short.
_SHORT = {"BadFrame", "BadSignature", "ValueError"}
_ERRORS = {"AgentError", "BadChecksum", "BadSettings", "JournalFull", "NoReply", "OSError",
           "Refused", "WrongReply"}  # fmt: skip


def move_sentences(sources: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """sources by dotted module name without their sentences, and the file of these: each a line."""
    mover = _Mover()
    found = {}
    for name, text in sorted(sources.items()):
        tree = ast.parse(text)
        if (name.startswith("agent.") and name not in _STAY) or name in _OF_BOARDS:
            before = mover.used
            mover.visit(tree)
            if mover.used > before:
                at = 1 if ast.get_docstring(tree) is not None else 0
                tree.body.insert(at, ast.ImportFrom(_FROM, [ast.alias("text_at")], 0))
                text = ast.unparse(ast.fix_missing_locations(tree))
        found[name] = text
    return {name: found[name] for name in sources}, bytes(mover.file)


class _Mover(ast.NodeTransformer):
    """used: how many sentences were moved; file: all of them, each once."""

    def __init__(self) -> None:
        self.used = 0
        self.file = bytearray()
        self._places: dict[str, int] = {}
        self._inside = 0  # a function
        self._said = 0  # what is said

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._inside += 1
        node.body = [self.visit(part) for part in node.body]
        self._inside -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        said = _is_saying(node.func)
        self._said += said
        node.args = [self.visit(part) for part in node.args]
        self._said -= said
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        call = node.exc
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            return node if call.func.id in _SHORT else self._raised(node)
        return node

    def _raised(self, node: ast.Raise) -> ast.Raise:
        self.generic_visit(node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """A sentence that is filled in is one for people, wherever it is said."""
        text = node.left.value if isinstance(node.left, ast.Constant) else None
        node.right = self.visit(node.right)
        if self._inside and isinstance(node.op, ast.Mod) and _is_sentence(text):
            return self._moved(text, [node.right])
        node.left = self.visit(node.left)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        text: Any = node.value
        if self._inside and self._said and _is_sentence(text) and "%" not in text:
            return self._moved(text, [])
        return node

    def _moved(self, text: Any, given: list[ast.expr]) -> ast.Call:
        self.used += 1
        if text not in self._places:
            self._places[text] = len(self.file)
            self.file += text.encode() + b"\n"
        place = ast.Constant(self._places[text])
        return ast.Call(ast.Name("text_at", ast.Load()), [place, *given], [])


def _is_sentence(text: Any) -> bool:
    long = isinstance(text, str) and len(text) >= _LEAST
    return long and " " in text and "\n" not in text


def _is_saying(function: ast.expr) -> bool:
    """log(topic, text), however it is reached, or what makes an error."""
    if isinstance(function, ast.Attribute):
        return function.attr == "log"
    return isinstance(function, ast.Name) and function.id in _ERRORS | {"log"}

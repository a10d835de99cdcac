"""Takes from classes what the compiler puts into each, and no board looks at: the name of its
module and its qualified name. A class keeps its name.

They leave before anything else comes in, so that the table of the class is smaller by two places:
2.5 KB of a board's heap. The code that does it leaves the heap when the module is loaded.
"""

import ast

_TAKE = "del __module__, __qualname__"


def plain_classes(text: str) -> str:
    """A module's text, all its classes without those two names."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body[:0] = ast.parse(_TAKE).body
    return ast.unparse(tree)

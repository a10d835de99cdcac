"""Makes the modules of a board small before they are compiled: numbers folded in, what no board
uses left out, what every board needs linked into one module, private names short.

The sources stay plain. What a board does is the same, and tests/host/test_shrink.py runs it.
"""

import ast

from provisioning.fold import fold
from provisioning.link import Sources, link, order
from provisioning.shorten import shorten
from provisioning.strip import strip

CORE = "agent.core"  # what the linked module is called

# What every board loads.
_ROOTS = ("agent.agent", "agent.assembly", "agent.records", "agent.settings",
          "agent.drivers.modbus", "agent.buffer.journal", "agent.buffer.state")  # fmt: skip
# A board forgets the assembly when it is up; machine code may be missing, or for another machine.
_ALONE = ("agent.assembly", "agent.protocols.sm")


def shrink(sources: Sources) -> Sources:
    """sources by dotted module name, as they are to be compiled: core_members() are one."""
    small = strip(fold(sources))
    return shorten(link(small, order(small, core_members(sources)), CORE))


def core_members(sources: Sources) -> set[str]:
    """The modules that are linked into CORE: the roots, and all that they import when loaded."""
    found: set[str] = set()
    waiting = [root for root in _ROOTS if root in sources]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for node in ast.parse(sources[name]).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                waiting += [one for one in named & set(sources) if _is_core(one, sources)]
    return {name for name in found if _is_core(name, sources)}


def _is_core(name: str, sources: Sources) -> bool:
    if not name.startswith("agent.") or name.startswith(_ALONE):
        return False
    return not any(other.startswith(f"{name}.") for other in sources)  # no package

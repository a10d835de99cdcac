"""Makes the modules of a board small before they are compiled: numbers folded in, what no board
uses left out, what every board needs linked into one module, private names short.

The sources stay plain. What a board does is the same, and tests/host/test_shrink.py runs it.
"""

import ast
import functools

from provisioning.arguments import rename_arguments
from provisioning.attributes import share
from provisioning.expressions import put_expressions
from provisioning.fold import fold
from provisioning.inline import inline
from provisioning.link import Sources, link, order
from provisioning.near import put_near
from provisioning.often import often_first
from provisioning.plain_classes import plain_classes
from provisioning.shorten import shorten
from provisioning.strip import strip

CORE = "agent.core"

# (what a linked module is called, whose it is, and all that they import when loaded). Some stay
# alone: what only a start needs, a board forgets when it is up; machine code may be missing, or
# for another machine. What every board loads is several modules: to make a key takes signing and
# parts alone, and what one has for itself may be called as in another: some 600 names are all, and
# beyond 620 the table of names doubles, which takes 7 KB.
UNITS = (
    ("agent.sensing", ("agent.drivers.modbus", "agent.bus", "board.texts")),
    (CORE, ("agent.agent", "agent.assembly", "agent.records", "agent.schedule",
            "agent.protocols.carriage", "agent.buffer.journal", "agent.buffer.state")),
    ("agent.signing", ("agent.protocols.signers",)),
    ("board.parts", ("board.clock", "board.entropy", "board.flash", "board.line")),
    ("board.mqtt", ("board.mqtt",)),
    ("board.coap", ("board.coap",)),
)  # fmt: skip
_ALONE = ("agent.assembly", "agent.grouping", "agent.settings", "agent.protocols.urls",
          "agent.protocols.sm2_plain", "agent.protocols.sm2_viper",
          "agent.protocols.sm3_plain", "agent.protocols.sm3_viper",
          "agent.protocols.sm2_table")  # fmt: skip


def shrink(sources: Sources) -> Sources:
    """sources by dotted module name, as they are to be compiled: linked, by units().

    It takes seconds, and who builds for several boards asks again: so the halves are kept.
    """
    return short_named(linked(sources))


def linked(sources: Sources) -> Sources:
    """The first half of it: everything stands where it will, under its own name."""
    return dict(_linked(tuple(sources.items())))


def short_named(sources: Sources) -> Sources:
    """The second half: the same functions in the same order, by short names."""
    return dict(_short_named(tuple(sources.items())))


@functools.lru_cache(3)
def _linked(items: tuple[tuple[str, str], ...]) -> Sources:
    sources = dict(items)
    small = strip(fold(sources))
    for target, members in units(sources).items():
        small = link(small, order(small, members), target)
    return put_expressions(inline(put_near(small, {target for target, _ in UNITS})))


@functools.lru_cache(3)
def _short_named(items: tuple[tuple[str, str], ...]) -> Sources:
    small = rename_arguments(shorten(share(dict(items))))
    return {name: often_first(plain_classes(text)) for name, text in small.items()}


def units(sources: Sources) -> dict[str, set[str]]:
    """The modules that are linked, by what the linked module is called."""
    found: dict[str, set[str]] = {}
    for target, roots in UNITS:
        taken = set().union(*found.values())
        found[target] = _loaded(sources, roots) - taken
    return found


def _loaded(sources: Sources, roots: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    waiting = [root for root in roots if root in sources]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for node in ast.parse(sources[name]).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                waiting += [one for one in named & set(sources) if _links(one, sources)]
    return {name for name in found if _links(name, sources)}


def _links(name: str, sources: Sources) -> bool:
    """Neither one that stays alone, nor a package."""
    return name not in _ALONE and not any(other.startswith(f"{name}.") for other in sources)

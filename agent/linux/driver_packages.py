"""Drivers of installed packages, announced by the entry point group ``pole.drivers``.

A package says ``acme-flow = "acme_pole.flow"``: a name, and the module that holds its Device.
Settings are compiled with the module's dotted path, which is how boards, without entry points, name
it too.
"""

from functools import cache
from importlib.metadata import entry_points

from agent import drivers

GROUP = "pole.drivers"


def announced() -> list[str]:
    """The names that installed packages announce, but for those of this tree."""
    return sorted({point.name for point in entry_points(group=GROUP)} - set(drivers.models()))


@cache  # every look goes through all installed packages
def dotted(model: str) -> str:
    """The module of the package that announces model, or model itself where none does, or where it
    is one of this tree's or a dotted path already."""
    if not model or "." in model or model in drivers.models():
        return model
    for point in entry_points(group=GROUP, name=model):
        return point.module
    return model

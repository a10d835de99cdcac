"""Drivers of packages outside this tree: installed ones, and those that lie beside the settings.

An installed package announces its drivers by the entry point group ``pole.drivers``: it says
``acme-flow = "acme_pole.flow"``, a name, and the module that holds its Device. Settings are
compiled with the module's dotted path, which is how boards, without entry points, name it too.
"""

import difflib
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from agent import drivers
from agent.errors import BadSettings

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


def load(model: str, folder: Path) -> Any:
    """The Device class of a name or a dotted path, whose package is installed or lies in folder.

    BadSettings says what is wrong, also where the driver's own file is.
    """
    module = dotted(model)
    _reach(module, folder)
    try:
        return drivers.load(module)
    except BadSettings as error:
        why = _why(module, folder, error.__context__)
        raise BadSettings([f"no driver {model!r}{why}"]) from None
    except Exception as error:  # whatever a file of somebody else's raises
        text = f"driver {model!r} does not load: {type(error).__name__}: {error}"
        raise BadSettings([text]) from None


def _reach(module: str, folder: Path) -> None:
    """Import from folder, too, if the package is there: last, so that it hides nothing."""
    package, dot, _ = module.partition(".")
    place = str(folder.resolve())
    if dot and place not in sys.path and (folder / package).is_dir():
        sys.path.append(place)


def _why(module: str, folder: Path, error: BaseException | None) -> str:
    if "." not in module:
        near = difflib.get_close_matches(module, drivers.models(), 1)
        return f"; did you mean {near[0]!r}?" if near else "; `pole drivers` lists them"
    if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
        return f": {error.name!r} is neither in {folder.resolve()} nor installed"
    return f": {error}" if error else ""

"""Classes share the names of their attributes, and do what they did."""

import ast
import re
from pathlib import Path

from provisioning import board_image
from provisioning.attributes import share
from provisioning.foreign import FOREIGN
from tests.host.micropython import ROOT

ANIMALS = """
import sys
from collections import namedtuple
Place = namedtuple("Place", ("street", "house"))
class Animal:
    legs = 4
    shoes = legs * 2
    def __init__(self, name):
        self.called, self.age = name, 1
    def birthday(self):
        self.age += 1
        return self._cheer()
    def _cheer(self):
        return "%s is %d on %d legs" % (self.called, self.age, self.legs)
class Bird(Animal):
    legs = 2
    def fly(self, feet=legs):
        self.height = self.shoes + feet
        return [self.birthday(), self.height]
class House:
    def __init__(self, *rooms):
        self.rooms = list(rooms)
        self.doors = len(rooms)
    def enter(self, animal):
        animal.inside = self
        self.rooms.append(getattr(animal, "color", None))
        return sys.version_info.major, animal.fly(), animal.inside.doors, self.rooms
"""
USER = """
from animals import Bird, House, Place
class Owl(Bird):
    color = "grey"
    def __init__(self):
        super().__init__("owl")
        self.inside = None
    def hoot(self):
        return self.color, self.called
def result():
    owl = Owl()
    return House(1, 2).enter(owl), owl.hoot(), Place("a", 2).street, owl.inside.rooms
"""


def result(texts: dict[str, str]) -> object:
    scope: dict[str, object] = {"__name__": "some"}
    exec(texts["animals"] + "\n" + texts["user"].replace("from animals import", "#"), scope)
    return scope["result"]()  # type: ignore[operator]


def attributes(text: str) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}


def test_the_code_does_what_it_did() -> None:
    plain = {"animals": ANIMALS, "user": USER}
    texts = share(plain)
    assert result(texts) == result(plain)
    assert share(plain) == texts
    text = "\n".join(texts.values())
    # Told as a text, asked of a module, the interpreter's.
    assert {"color", "street", "version_info", "major", "append"} <= attributes(text)
    ours = {"called", "age", "legs", "shoes", "_cheer", "birthday", "fly", "height", "rooms",
            "doors", "enter", "inside", "hoot"}  # fmt: skip
    assert not ours & attributes(text)


def test_a_family_shares_nothing_and_strangers_do() -> None:
    text = share({"animals": ANIMALS, "user": USER})["animals"]
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    animal, bird, house = (attributes(ast.unparse(part)) - FOREIGN for part in classes)
    assert len(animal | bird) == len({"called", "age", "legs", "shoes", "_cheer", "birthday",
                                      "height"})  # fmt: skip
    assert (animal | bird) & house


def test_a_text_that_names_no_attribute_keeps_none() -> None:
    same = """
class Word:
    TABLE = ("told",)
    def __init__(self, items):
        self.looked_up, self.got, self.told = items["looked_up"], items.get("got"), 1
        self.compared = "compared" in items
        self.asked = hasattr(items, "asked")
"""
    kept = attributes(share({"words": same})["words"])
    assert {"told", "asked"} <= kept and not {"looked_up", "got", "compared"} & kept


def test_what_is_set_from_outside_is_alone() -> None:
    texts = share({"animals": ANIMALS, "user": USER})
    (inside,) = set(re.findall(r"animal\.(\w+) = self", texts["animals"]))
    assert inside.startswith("_shared_") and "".join(texts.values()).count(inside) == 4
    # Where no class says that it has it, it stays as it is.
    unknown = {"animals": ANIMALS.replace("animal.inside", "animal.within"), "user": USER}
    assert "animal.within = self" in share(unknown)["animals"]


def test_nothing_of_the_simulated_board_is_renamed() -> None:
    sources = {name: (ROOT / name).read_text(encoding="utf-8") for name in board_image.sources()}
    before = set[str]().union(*(attributes(text) for text in sources.values()))
    after = set[str]().union(*(attributes(text) for text in share(sources).values()))
    assert len(after) < len(before) * 2 // 3
    theirs: set[str] = set()
    for source in (ROOT / "simulators" / "board_modules").glob("*.py"):
        theirs |= members(source)
    assert {"readblocks", "feed", "txdone", "datetime"} <= theirs
    assert not (before - after) & theirs
    assert theirs & before <= FOREIGN | after


def members(source: Path) -> set[str]:
    """The public names of all classes in a file."""
    return {
        part.name
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")
    }

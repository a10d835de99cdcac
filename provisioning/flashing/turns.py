"""Which board of a batch comes next, and where it is: where its line says, or anywhere."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from provisioning.flashing import ports
from provisioning.flashing.batch_file import Line


@dataclass(frozen=True)
class Place:
    """Where a board is. name: a Pico's socket, else its port or drive; options: how flash.py is
    told; told: whether it can be told from others while it changes between port and drive."""

    name: str
    options: tuple[str, ...]
    told: bool = True


def place_of(text: str) -> Place:
    """The place of a board that is on that port, or whose drive is mounted there."""
    pico = Path(text).is_dir() or ports.is_pico(text)
    socket = ports.socket_of(text) if pico else None
    if socket is not None:
        return Place(socket, ("--socket", socket))
    return Place(text, tuple(ports.option(text)), not pico)


class Turns:
    """Gives lines with their places to several threads. begun: where boards were begun before the
    workstation crashed: names of places by id."""

    def __init__(self, lines: list[Line], begun: dict[str, str]) -> None:
        self._waiting = list(lines)
        self._named = {line.id: place_of(line.port) for line in lines if line.port}
        named = {place.name for place in self._named.values()}
        there = [place_of(text) for text in sorted(ports.plugged())]
        self._free = [place for place in there if place.name not in named]
        self._begun = begun
        self._owners: dict[str, str] = {}  # whose board it is, by the place's name
        self._busy: list[Place] = []
        self._changed = threading.Condition()

    def untold(self) -> int:
        """How many boards cannot be told apart while they are worked on."""
        return sum(not place.told for place in (*self._named.values(), *self._free))

    def next(self) -> tuple[Line, Place] | None:
        """The next line and its place, as soon as there is one; None when no more will come."""
        with self._changed:
            while True:
                found = next(self._possible(), None)
                if found is not None:
                    line, place = found
                    self._waiting.remove(line)
                    self._free = [other for other in self._free if other != place]
                    self._busy.append(place)
                    return found
                if not self._busy:
                    return None  # else one of those may be another one's, and come back
                self._changed.wait()

    def over(self, line: Line, place: Place, owner: str | None = None) -> None:
        """Nobody works there any more. owner: whose board it was, where it was not the line's: that
        one waits on, and the place is the owner's."""
        with self._changed:
            self._busy.remove(place)
            if owner is not None:
                self._owners[place.name] = owner
                self._free.append(place)
                self._waiting.append(line)
            self._changed.notify_all()

    def stop(self) -> None:
        """No more lines are given."""
        with self._changed:
            self._waiting = []
            self._changed.notify_all()

    def _possible(self) -> Iterator[tuple[Line, Place]]:
        """What may begin now: those that cannot be told apart alone, and last."""
        pairs = [(line, place) for line in self._waiting for place in self._places(line)]
        if all(place.told for place in self._busy):
            yield from (pair for pair in pairs if pair[1].told)
        if not self._busy:
            yield from pairs

    def _places(self, line: Line) -> list[Place]:
        """Where the board of a line may be now, the likeliest first: where it was begun, or was
        seen; where none was; where another one was begun."""
        named = self._named.get(line.id)
        if named is not None:
            return [] if named in self._busy else [named]
        free = [place for place in self._free
                if self._owners.get(place.name) in (None, line.id)]  # fmt: skip
        own = [place for place in free
               if place.name in self._owners or self._begun.get(line.id) == place.name]  # fmt: skip
        new = [place for place in free if place.name not in self._begun.values()]
        return own + new + free

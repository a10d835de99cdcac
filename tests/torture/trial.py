"""One fault of the plan, and a trial of it under one seed: its poles, what happened, what held."""

import traceback
from collections.abc import Callable
from typing import Any

from tests.torture.account import INVARIANTS
from tests.torture.disks import Disk
from tests.torture.station import Station


class Fault:
    """A fault by its number and name; ``letters``: the invariants that the plan names for it, each
    of which must have been compared on something. ``live`` lets it happen in a Trial, once for each
    of ``carriers``: False for one that confirms everything, True for datagrams."""

    def __init__(
        self,
        number: int,
        name: str,
        letters: str,
        live: Callable[["Trial"], None],
        carriers: tuple[bool, ...] = (False,),
    ) -> None:
        self.number = number
        self.name = name
        self.letters = letters
        self.live = live
        self.carriers = carriers

    def trial(self, seed: int) -> "Trial":
        """Let it happen under a seed."""
        trial = Trial(self, seed)
        try:
            for trial.datagrams in self.carriers:
                self.live(trial)
        except Exception as error:  # whatever ends a pole is one
            frame = traceback.extract_tb(error.__traceback__)[-1]
            trial.violation(f"S: {error!r} at {frame.filename}:{frame.lineno}")
        trial.end()
        return trial

    def run(self, seed: int) -> list[str]:
        """The violations under a seed."""
        return self.trial(seed).violations


class Trial:
    """See Fault. ``happened``: how often the fault bit, by what it did."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        self.seed = seed
        self.datagrams = False
        self.violations: list[str] = []
        self.happened: dict[str, int] = {}
        self.looked = dict.fromkeys(INVARIANTS, 0)
        self.poles = self.frames = self.rows = self.starts = 0

    def pole(self, **options: Any) -> Station:
        """A pole of the trial's seed, just switched on."""
        return Station(self.seed, datagrams=self.datagrams, **options)

    def pole_on_disk(self, sectors: int = 24, sector_size: int = 4096, **options: Any) -> Station:
        """The same, over a Disk."""
        disk = Disk(sectors, lambda: 0, sector_size=sector_size)
        pole = Station(self.seed, flash=disk, **options)
        disk.clock = lambda: pole.now
        disk.dice = pole.dice
        return pole

    def bites(self, **counters: int) -> None:
        """Count what the fault did; what stays 0 did not happen, and is no proof."""
        for name, count in counters.items():
            self.happened[name] = self.happened.get(name, 0) + count

    def settle(self, pole: Station, where: str = "") -> None:
        """The fault is over for a pole: it drains, and is compared with its account."""
        if pole.flash.cut_at is not None:
            pole.flash.cut_at = None
        pole.drain()
        pole.check()
        account = pole.account
        for letter, count in account.looked.items():
            self.looked[letter] += count
        for text in account.violations:
            self.violation(f"{text}{', ' + where if where else ''}")
        self.poles += 1
        self.frames += len(account.sealed)
        self.rows += len(pole.ingester.rows)
        self.starts += account.life

    def violation(self, text: str) -> None:
        """Note one, with what plays it again. It begins with the invariant's letter."""
        fault = self.fault
        replay = f"python -m tests.torture.faults {fault.number} {self.seed}"
        self.violations.append(f"{text}; fault {fault.number} {fault.name}; replay: {replay}")

    def expect(self, letter: str, holds: bool, text: str) -> None:
        """What this fault promises besides."""
        self.looked[letter] += 1
        if not holds:
            self.violation(f"{letter}: {text}")

    def end(self) -> None:
        """The fault must have happened, and every invariant of the plan been compared."""
        for name, count in self.happened.items():
            if not count:
                self.violation(f"-: the fault did not happen: no {name}")
        if not self.happened:
            self.violation("-: the fault counted nothing")
        for letter in self.fault.letters:
            if not self.looked[letter]:
                self.violation(f"{letter}: was compared on nothing")

    def statistics(self) -> dict[str, Any]:
        """What was done, compared and found."""
        return {
            "fault": self.fault.number,
            "name": self.fault.name,
            "seed": self.seed,
            "poles": self.poles,
            "starts": self.starts,
            "frames": self.frames,
            "rows": self.rows,
            "happened": self.happened,
            "checked": self.looked,
            "violations": self.violations,
        }

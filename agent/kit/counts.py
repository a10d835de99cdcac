"""The counters of one device on a line: what its questions met with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.errors import BadChecksum, Refused, WrongReply
from agent.kit.wire import Exchange
from agent.protocols import modbus


@dataclass
class Target:
    """A device to be asked. unit None: it has no Modbus address."""

    name: str
    driver: Any
    unit: int | None


@dataclass
class Counts:
    """foreign: intact replies of other units; wrong: intact ones of the unit, but not to the
    question; doubled: a second reply after the first; late: replies that came after the time-out;
    times: ms to each reply."""

    target: Target
    asked: int = 0
    answered: int = 0
    silent: int = 0
    damaged: int = 0
    wrong: int = 0
    echoes: int = 0
    doubled: int = 0
    late: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    foreign: Counter[int] = field(default_factory=Counter)
    times: list[int] = field(default_factory=list)

    @property
    def alive(self) -> int:
        """How often it gave a sign of life that is whole."""
        return self.answered + sum(self.refused.values()) + self.wrong

    def share(self, count: int) -> int:
        """A count in per cent of the questions."""
        return 100 * count // max(1, self.asked)

    def add(self, came: Exchange) -> None:
        """Count one exchange."""
        self.asked += 1
        self.echoes += bool(came.echoes)
        error = came.error
        if error is None:
            self.answered += 1
            self.times.append(came.ms)
            self.doubled += self.is_own(came.tail)
        elif isinstance(error, Refused):
            self.refused[error.code] += 1
            self.times.append(came.ms)
        elif isinstance(error, WrongReply):
            if self.target.unit is not None and came.stranger[0] != self.target.unit:
                self.foreign[came.stranger[0]] += 1
            else:
                self.wrong += 1
        elif isinstance(error, BadChecksum):
            self.damaged += 1
        else:
            self.silent += 1

    def is_own(self, data: bytes) -> int:
        """1 if data holds an intact Modbus reply of the unit, else 0."""
        unit = self.target.unit
        if unit is None or not data:
            return 0
        for at in range(len(data) - 4):
            if data[at] == unit and data[at + 1] & 0x7F in (1, 2, 3, 4):
                size = 5 if data[at + 1] & 0x80 else 5 + data[at + 2]
                if at + size <= len(data) and modbus.crc16(data[at : at + size]) == 0:
                    return 1
        return 0


def heard_nobody(counts: list[Counts]) -> bool:
    """Whether no device gave any sign of life, not even a damaged one."""
    return not any(part.alive or part.damaged or part.foreign or part.late for part in counts)

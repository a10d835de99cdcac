"""The demo's book-keeping: what the sensors sent, held against what the platform has."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Channel = tuple[str, str, str]  # pole, device, channel
Request = tuple[int, set[int]]  # UTC ms, the values that the sensor may have answered

# Clocks of two processes and the time on the line, in ms.
SLACK = 300
IN_FLIGHT = 500


@dataclass
class Account:
    """Counts of readings, by their fate."""

    made: int = 0
    received: int = 0
    lost: int = 0
    unsealed_lost: int = 0
    invented: int = 0
    by_pole: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


def sent_readings(path: Path) -> dict[Channel, list[tuple[int, int]]]:
    """(UTC ms, value) of each reading that a sensor sent, by channel, from the sensors' log."""
    sent: dict[Channel, list[tuple[int, int]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        channel = (entry["pole"], entry["device"], entry["channel"])
        sent[channel].append((entry["utc_ms"], entry["value"]))
    for entries in sent.values():
        entries.sort()
    return sent


def stream_requests(
    uploads: list[tuple[int, int]], instants: list[int]
) -> list[tuple[int, set[int]]]:
    """A sensor that uploads unasked: at each instant at which its pole began to listen, the values
    that could be heard."""
    return [
        (at, {value for time, value in uploads if at - 50 <= time <= at + 2500}) for at in instants
    ]


def settle(
    asked: dict[Channel, list[Request]],
    stored: dict[Channel, list[tuple[int, int]]],
    every_ms: int,
    seal_ms: int,
    kills: dict[str, list[int]],
) -> Account:
    """Match every request (instant, possible values) with a stored row (slot, value)."""
    account = Account()
    for channel in sorted(set(asked) | set(stored)):
        pole = channel[0]
        rows = sorted(stored.get(channel, []))
        requests = sorted(asked.get(channel, []), key=lambda request: request[0])
        answered, spare = match(requests, rows, every_ms)
        for index, (at, _) in enumerate(requests):
            if index not in answered and asked_again(index, requests, answered, every_ms):
                continue
            account.made += 1
            if index in answered:
                continue
            if any(-IN_FLIGHT <= kill - at <= seal_ms for kill in kills.get(pole, [])):
                account.unsealed_lost += 1
            else:
                account.lost += 1
                account.examples.append(f"lost: {'/'.join(channel)} at {at}")
        for slot, value in spare:
            account.invented += 1
            account.examples.append(f"invented: {'/'.join(channel)} = {value} at {slot}")
        account.received += len(rows)
        account.by_pole[pole] = account.by_pole.get(pole, 0) + len(rows)
    return account


def match(
    requests: list[Request], rows: list[tuple[int, int]], every_ms: int
) -> tuple[set[int], list[tuple[int, int]]]:
    """(indexes of the requests that a row of their interval answers, rows that none asked for)."""
    answered: set[int] = set()
    spare = list(rows)
    for index, (at, values) in enumerate(requests):
        for row in spare:
            slot, value = row
            if slot <= at + SLACK and at <= slot + every_ms + SLACK and value in values:
                answered.add(index)
                spare.remove(row)
                break
    return answered, spare


def asked_again(index: int, requests: list[Request], answered: set[int], every_ms: int) -> bool:
    """Whether this answer, which no row holds, is one of two to the same question: a pole asks
    again within the interval when an answer was late, and stores one of the two.

    A busy machine serves two slots within one interval as well: those have a row each.
    """
    at, values = requests[index]
    for other in answered:
        apart = requests[other][0] - at
        near = abs(apart) <= every_ms * 3 // 4
        if near and (apart >= 0 or requests[other][1] & values):
            return True
    return False


def stored_readings(readings: list[tuple[Any, ...]]) -> dict[Channel, list[tuple[int, int]]]:
    """(slot, value) of each stored reading that has a value, by channel."""
    stored: dict[Channel, list[tuple[int, int]]] = defaultdict(list)
    for pole, device, channel, time, value, _ in readings:
        if value is not None:
            stored[(pole, device, channel)].append((time or 0, value))
    return stored

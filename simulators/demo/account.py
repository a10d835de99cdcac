"""The demo's book-keeping: what the sensors sent, held against what the platform has."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Channel = tuple[str, str, str]  # pole, device, channel

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


def sent_readings(path: Path, every_ms: int) -> dict[Channel, list[tuple[int, int]]]:
    """(UTC ms, value) of each reading that a sensor sent, by channel, from the sensors' log.

    Where a sensor was asked again within the same interval, its later answer counts.
    """
    sent: dict[Channel, list[tuple[int, int]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        channel = (entry["pole"], entry["device"], entry["channel"])
        sent[channel].append((entry["utc_ms"], entry["value"]))
    for entries in sent.values():
        entries.sort()
        entries[:] = [
            entry
            for entry, following in zip(entries, [*entries[1:], (1 << 62, 0)], strict=True)
            if following[0] - entry[0] > every_ms * 3 // 4
        ]
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
    asked: dict[Channel, list[tuple[int, set[int]]]],
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
        used = [False] * len(rows)
        requests = asked.get(channel, [])
        account.made += len(requests)
        for at, values in requests:
            found = None
            for index, (slot, value) in enumerate(rows):
                if slot > at + SLACK:
                    break
                if not used[index] and value in values and at <= slot + every_ms + SLACK:
                    found = index
                    break
            if found is not None:
                used[found] = True
            elif any(-IN_FLIGHT <= kill - at <= seal_ms for kill in kills.get(pole, [])):
                account.unsealed_lost += 1
            else:
                account.lost += 1
                account.examples.append(f"lost: {'/'.join(channel)} at {at}")
        for index, (slot, value) in enumerate(rows):
            if not used[index]:
                account.invented += 1
                account.examples.append(f"invented: {'/'.join(channel)} = {value} at {slot}")
        account.received += len(rows)
        account.by_pole[pole] = account.by_pole.get(pole, 0) + len(rows)
    return account


def stored_readings(readings: list[tuple[Any, ...]]) -> dict[Channel, list[tuple[int, int]]]:
    """(slot, value) of each stored reading that has a value, by channel."""
    stored: dict[Channel, list[tuple[int, int]]] = defaultdict(list)
    for pole, device, channel, time, value, _ in readings:
        if value is not None:
            stored[(pole, device, channel)].append((time or 0, value))
    return stored

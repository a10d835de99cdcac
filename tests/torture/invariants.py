"""What must hold of every pole, whatever befell it; each letter is compared on its own.

D durable and never lost silently, W no wrong data, O order in a lane, G gaps exactly reported,
L everything drains and no slot is skipped, S it starts, B bounded.
"""

from bisect import bisect_left
from typing import Any

from agent import frame, frame_reader
from agent.buffer.journal import Journal
from agent.protocols import cose
from agent.reading import LANES, has_value
from tests.torture.account import SLACK, Account, Key, Sealed, instants

MEMORY = 60000  # bytes and items that an agent may hold, beside its flash
UNEVEN = 4  # erases by which the most and the least worn sector of a log may differ, and
SHARE = 3  # so many times the mean besides


def compare(account: Account, journal: Journal) -> dict[str, int]:
    """D, W, O and G; returns how many frames were declared and silent, how many rows repeated."""
    contents = account.ingester.contents
    account.looked["D"] += len(account.sealed)
    lost = [key for key in account.sealed if key not in contents]
    # A new epoch closes the ones before it: the platform books what it lacks of them.
    known = {key[0] for key in contents}
    closed = set(account.epochs[:-1]) if account.epochs[-1] in known else set()
    silent = [key for key in lost if key not in account.declared and key[0] not in closed]
    if silent:
        account.fault("D", f"lost without a word: {[key[1:] for key in silent[:5]]}")
    _gaps(account, journal)
    repeated = _contents(account)
    return {"declared": len(lost) - len(silent), "silent": len(silent), "repeated": repeated}


def _gaps(account: Account, journal: Journal) -> None:
    """Every sequence came, or was declared; none was declared that never was."""
    for lane in LANES:
        for seq in range(1, journal.next_seq(lane)):
            account.looked["G"] += 1
            key = (journal.epoch, lane, seq)
            if key not in account.ingester.contents and key not in account.declared:
                account.fault("G", f"({lane}, {seq}) neither came nor was declared")
                break
    for epoch, lane, seq in account.declared:
        if epoch == journal.epoch and seq >= journal.next_seq(lane):
            account.fault("G", f"declares ({lane}, {seq}), which never was")


def _contents(account: Account) -> int:
    """The platform has what was sealed, once, in order, and every value was measured."""
    ingester = account.ingester
    rows = 0
    last: dict[tuple[int, int], tuple[int, int]] = {}
    for key in sorted(ingester.contents):
        data = ingester.contents[key]
        sealed = account.sealed.get(key)
        account.looked["W"] += 1
        if sealed is None or sealed.data != data:
            account.fault("W", f"frame {key[1:]} arrived otherwise than it was sealed")
            continue
        _order(account, key, sealed, last)
        got = frame_reader.decode(cose.parse1(data).payload)
        if got.kind == frame.ROWS:
            rows += len(got.times)
            _values(account, got, sealed)
    repeated = len(ingester.rows) - rows
    if repeated:
        account.fault("W", f"{repeated} rows more than frames hold")
    if ingester.conflicts or (ingester.refused and not account.refusals):
        account.fault("W", "the platform refused frames, or had two under one number")
    return repeated


def _order(
    account: Account, key: Key, sealed: Sealed, last: dict[tuple[int, int], tuple[int, int]]
) -> None:
    stamp = (sealed.life, sealed.at)
    account.looked["O"] += 1
    if stamp < last.get(key[:2], (0, 0)):
        account.fault("O", f"frame {key[1:]} was made before the one that it follows")
    last[key[:2]] = stamp


def _values(account: Account, got: Any, sealed: Sealed) -> None:
    """Every value is one that its sensor measured within the slot."""
    body = account.ingester.schemas.get(got.schema_id)
    for row, at in enumerate(instants(got, sealed)):
        for column, values in enumerate(got.columns):
            if values[row] is None or not has_value(got.qualities[column][row]):
                continue
            name = _column(body, column)
            account.looked["W"] += 1
            if not _was_measured(account, name, at, values[row]):
                account.fault("W", f"{'/'.join(name)} {values[row]} at {at} was never measured")
                return


def _was_measured(account: Account, name: tuple[str, str], at: int, value: int) -> bool:
    low, high = (at - SLACK, at + account.every_ms) if account.every_ms else (at, at)
    known = account.measured[name]
    first = bisect_left(known, (low,))
    last = bisect_left(known, (high + 1,))
    return any(part[1] == value for part in known[first:last])


def _column(body: Any, column: int) -> tuple[str, str]:
    if body is None:
        return ("", str(column))
    device, channel = body[4][column][:2]
    return (body[3][device][0], channel)


def bounded(account: Account, agent: object, journal: Journal) -> None:
    """B: the memory of an agent, and the wear of its flash."""
    account.looked["B"] += 1
    used, whole = journal.used()
    if not 0 <= used <= whole:
        account.fault("B", f"{used} of {whole} bytes used")
    weight = weigh(agent)
    account.heaviest = max(account.heaviest, weight)
    if weight > MEMORY:
        account.fault("B", f"the agent holds {weight} bytes and items")
    erases = journal.flash.erases[journal.base :]
    if max(erases) > UNEVEN + SHARE * sum(erases) // len(erases):
        account.fault("B", f"sectors are worn unevenly: {erases}")


def weigh(thing: object) -> int:
    """How many bytes and items hang on an object of the agent; what is outside of it not."""
    seen: set[int] = set()
    todo = [thing]
    weight = 0
    while todo:
        item = todo.pop()
        if id(item) in seen or item is None or isinstance(item, int):
            continue
        seen.add(id(item))
        if isinstance(item, (bytes, bytearray, str)):
            weight += len(item)
        elif isinstance(item, dict):
            weight += 8 * len(item)
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple, set)):
            weight += 8 * len(item)
            todo += item
        elif type(item).__module__.startswith(("agent.", "tests.torture.account")):
            todo += [part for name, part in vars(item).items() if name != "account"]
    return weight

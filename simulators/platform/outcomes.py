"""The platform's orders, and what came of each as its device's signed records tell it.

A command has a record of its own (kind 14), settings have records of theirs (kind 13). Without one
it is known at most that the device heard the order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from agent import frame, frame_reader
from agent.orders import COUNT, GRANT, NEXT_KEY
from agent.protocols import cbor, cose
from agent.settings_order import KEPT, NUMBER, REFUSED, ROLLED_BACK, TAKEN
from provisioning.orders import ACTIONS
from simulators.platform.orders import HEARD
from simulators.platform.store import Store

_NAMES = {frame.SETTINGS: "settings", NEXT_KEY: "next key", GRANT: "grant"}
_VERBS = {verb: name for name, verb in ACTIONS.items()}
_CHANGES = {REFUSED: "refused", TAKEN: "on trial", KEPT: "in force", ROLLED_BACK: "taken back"}

_Key = tuple[int, bytes, int]  # kind of the order, id of the key that signed it, its number


@dataclass(frozen=True)
class Listed:
    """An order; settings in several parts are one. expires: UTC in ms.

    state: waits, over (and never heard), heard, obeyed, refused; of settings also on trial, in
    force, taken back. why: for refused and taken back.
    """

    device: str
    name: str
    expires: int
    state: str
    why: str = ""


def listed(store: Store, now: int) -> list[Listed]:
    """Every order of a platform, by device and in the order that they were given."""
    told: dict[str, dict[_Key, tuple[str, str]]] = {}
    found: dict[tuple[str, _Key], Listed] = {}
    for device, kind, expires, data, state in store.rows(
        "SELECT device, kind, expires, data, state FROM orders ORDER BY device, count"
    ):
        name, key = _read(kind, data)
        word = "heard" if state == HEARD else "waits" if expires > now else "over"
        before = found.get((device, key))
        if before is not None and before.state != "heard":
            continue  # an earlier part of it has not been heard
        if device not in told:
            told[device] = dict(_told(store, device))
        one = Listed(device, name, expires, word)
        if key in told[device]:
            outcome, why = told[device][key]
            one = replace(one, state=outcome, why=why)
        found[device, key] = one
    return list(found.values())


def _read(kind: int, data: bytes) -> tuple[str, _Key]:
    """What an order is called, and by what its record names it."""
    sign1 = cose.parse1(data)
    items: dict[int, Any] = cbor.decode(sign1.payload)
    body = items[frame.BODY]
    if kind == frame.COMMAND:
        return _VERBS.get(body.get(1), "command"), (kind, sign1.kid, items[COUNT])
    number = body[NUMBER] if kind == frame.SETTINGS else items[COUNT]
    return _NAMES.get(kind, str(kind)), (kind, sign1.kid, number)


def _told(store: Store, device: str) -> Iterator[tuple[_Key, tuple[str, str]]]:
    """(key, (state, why)) of each record of an outcome, in the order that they were made."""
    for kind, data in store.rows(
        "SELECT kind, data FROM frames WHERE device=? AND kind IN (?, ?) ORDER BY seq",
        (device, frame.OUTCOME, frame.CHANGE),
    ):
        got = frame_reader.identify(cose.parse1(data).payload)
        if got.undecoded:
            continue
        body = got.body
        if kind == frame.OUTCOME:
            why = str(body.get(3, ""))
            yield (frame.COMMAND, body.get(2), body[1]), ("refused" if why else "obeyed", why)
        elif body[1] in _CHANGES:
            yield (frame.SETTINGS, body.get(6), body[4]), (_CHANGES[body[1]], str(body.get(7, "")))

"""Orders as they are written: signed by the platform's key or a technician's, one for each device;
and the grants that certify a technician's key.

An order file holds signed orders one after the other (RFC 8742), a technician's behind his grant.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import order_writer
from agent.errors import BadSettings
from agent.linux import pole_toml, whole_files
from agent.linux.line_plan import plan
from agent.orders import CHANGE_SETTINGS, DRILL, MAINTENANCE, MAX_NAME, RELAY, RESET
from agent.ports import Signer
from agent.protocols import cose

DAY_MS = 86_400_000
LONGEST_DAYS = 366
# What a technician may be certified for, by its name on the command line.
ACTIONS = {
    "maintenance": MAINTENANCE,
    "relay": RELAY,
    "settings": CHANGE_SETTINGS,
    "drill": DRILL,
    "reset": RESET,
}


@dataclass(frozen=True)
class Device:
    """To whom an order goes. kid: its key's id; base: the hash of its settings, for settings alone;
    board: whether these are compiled ones."""

    pole: str
    kid: bytes
    base: bytes = b""
    board: bool = False


@dataclass(frozen=True)
class Orders:
    """Signed orders to one device, in their order."""

    device: Device
    kind: int
    counts: list[int]
    expires: int
    data: list[bytes]


def write(
    signer: Signer, device: Device, kind: int, bodies: Sequence[dict[int, object]], now_ms: int,
    expires: int, count: int,
) -> Orders:  # fmt: skip
    """Sign orders. count: of the first; later than that of every order before it under this key."""
    counts = [count + number for number in range(len(bodies))]
    data = [
        cose.sign1(order_writer.encode(kind, device.kid, now_ms, number, expires, body), signer)
        for number, body in zip(counts, bodies, strict=True)
    ]
    return Orders(device, kind, counts, expires, data)


def settings(path: Path, device: Device, number: int) -> list[dict[int, object]]:
    """The bodies of orders that bring a pole.toml, whole and checked as `pole check` does it.
    BadSettings for one with mistakes, or of another pole."""
    text = path.read_bytes()
    found = pole_toml.loads(text.decode("utf-8-sig"), path.parent)
    wrong = [
        f"line {line.name} cannot carry what is asked of it: see `pole check`"
        for line in found.settings.lines
        if not plan(line).fits
    ]
    if found.settings.pole_id != device.pole:
        wrong.append(f"{path} is for {found.settings.pole_id}, not for {device.pole}")
    if not device.base:
        wrong.append(f"which settings {device.pole} has is not known: name them with --from")
    if wrong:
        raise BadSettings(wrong)
    whole = found.packed if device.board else text
    return order_writer.settings(number, device.base, whole)


# A technician's grants.


@dataclass(frozen=True)
class Grants:
    """A technician's name, until when (UTC in ms), and for each pole (its device's key id, the
    signed grant)."""

    name: str
    until: int
    poles: dict[str, tuple[bytes, bytes]]

    def save(self, path: Path) -> None:
        """As JSON."""
        poles = {
            pole: {"device": kid.hex(), "grant": data.hex()}
            for pole, (kid, data) in self.poles.items()
        }
        document = {"name": self.name, "until": self.until, "poles": poles}
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        whole_files.replace(path, text.encode("utf-8"))


def load_grants(path: Path) -> Grants:
    """BadSettings for a file that is none. The devices prove what is in it."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        poles = {
            pole: (bytes.fromhex(one["device"]), bytes.fromhex(one["grant"]))
            for pole, one in document["poles"].items()
        }
        return Grants(str(document["name"]), int(document["until"]), poles)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSettings(
            [f"{path} holds no grants, as `pole authority certify` makes them"]
        ) from None


def certify(
    signer: Signer, public: bytes, name: str, actions: Sequence[str], devices: Sequence[Device],
    now_ms: int, until: int,
) -> Grants:  # fmt: skip
    """Let a technician's key give such orders to these devices until then; no actions: no more."""
    if not name or len(name) > MAX_NAME:
        raise BadSettings([f"expected a name of at most {MAX_NAME} letters"])
    verbs = [ACTIONS[action] for action in actions]
    grants = {}
    for device in devices:
        data = order_writer.grant(device.kid, now_ms, now_ms, until, public, verbs, name)
        grants[device.pole] = (device.kid, cose.sign1(data, signer))
    return Grants(name, until, grants)

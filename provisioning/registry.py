"""The registry of devices that a platform trusts: a JSON file.

``{"platform": {"public": HEX}, "devices": [{"id": ..., "name": ..., "public": [HEX, ...],
"place": [longitude, latitude], "former": [HEX, ...], "stays": [{"pole": ..., "begin": ..., "end":
..., "place": ...}, ...]}]}``; a key is 65 bytes 04‖x‖y; a device has several over a rotation. What
a former key signs is not taken any more, but what it signed in its time can still be proven. A
place is degrees of CGCS2000; a stay says where the device was from begin until end (seconds UTC).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.linux import whole_files
from agent.protocols import sm2

VERSION = 1  # of the file


@dataclass
class Stay:
    """A device at a pole from begin until end (None: still there), in seconds UTC."""

    pole: str
    begin: int
    end: int | None
    place: tuple[float, float] | None = None


@dataclass
class RegisteredDevice:
    """One device: its id (the pole's id in settings), a name for people, keys, place in degrees."""

    id: str
    name: str
    public: list[bytes]
    place: tuple[float, float] | None = None
    former: list[bytes] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    def stay_at(self, at: int) -> Stay | None:
        """Where it was at a time: a reading's place is that of its time. Whoever never moved is
        where the registry says; None where it was nowhere."""
        if not self.stays:
            return Stay(self.id, 0, None, self.place)
        for stay in self.stays:
            if stay.begin <= at and (stay.end is None or at < stay.end):
                return stay
        return None


@dataclass
class Registry:
    """All devices; they change by add and remove alone. Look-ups by key id are what every frame
    needs, so they cost the same however many devices there are."""

    devices: list[RegisteredDevice] = field(default_factory=list)
    platform: bytes = b""

    def __post_init__(self) -> None:
        self._ids = {device.id for device in self.devices}
        self._kids: dict[bytes, RegisteredDevice] = {}
        for device in self.devices:
            self._kids |= dict.fromkeys(_kids(device), device)

    def by_kid(self, kid: bytes) -> RegisteredDevice | None:
        """The device that holds the key of this id, or once held it."""
        return self._kids.get(kid)

    def keys(self) -> list[bytes]:
        """Every key that is trusted now."""
        return [public for device in self.devices for public in device.public]

    def all_keys(self) -> list[bytes]:
        """Every key that was ever trusted: for what was signed in the past."""
        return self.keys() + [public for device in self.devices for public in device.former]

    def add(self, device: RegisteredDevice) -> None:
        """Add a device. ValueError if its id, or a key of its, is there already."""
        kids = _kids(device)
        if device.id in self._ids:
            raise ValueError(f"device {device.id!r} is registered already")
        if any(kid in self._kids for kid in kids):
            raise ValueError(f"the key of {device.id!r} belongs to another device already")
        self.devices.append(device)
        self._ids.add(device.id)
        self._kids |= dict.fromkeys(kids, device)

    def remove(self, device: RegisteredDevice) -> None:
        """Forget a device and its keys. ValueError if it is not there."""
        self.devices.remove(device)
        self._ids.remove(device.id)
        for kid in _kids(device):
            del self._kids[kid]

    def save(self, path: Path) -> None:
        """Write it so that a power cut leaves the old file or the new one."""
        document = {
            "version": VERSION,
            "platform": {"public": self.platform.hex()},
            "devices": [
                {
                    "id": device.id,
                    "name": device.name,
                    "public": [public.hex() for public in device.public],
                    "place": device.place,
                    "former": [public.hex() for public in device.former],
                    "stays": [vars(stay) for stay in device.stays],
                }
                for device in self.devices
            ],
        }
        text = json.dumps(document, indent=1, ensure_ascii=False)
        whole_files.replace(path, text.encode("utf-8"))


def load(path: Path) -> Registry:
    """Read a registry. BadSettings with every mistake in it; OSError if it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        platform = bytes.fromhex(document.get("platform", {}).get("public", ""))
        listed = list(document["devices"])
    except json.JSONDecodeError as error:
        raise BadSettings([f"{path}: JSON: {error}"]) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSettings([f'{path} is no registry: expected {{"devices": [...]}}']) from None
    version = document.get("version", VERSION)
    if version != VERSION:
        raise BadSettings([f"{path}: written by a newer version ({version}); this one reads 1"])
    registry = Registry(platform=platform)
    mistakes = []
    for number, item in enumerate(listed, 1):
        try:
            registry.add(_device(item))
        except (ValueError, KeyError, TypeError) as error:
            mistakes.append(f"{path}: device {number}: {error}")
    if mistakes:
        raise BadSettings(mistakes)
    return registry


def _device(item: dict[str, Any]) -> RegisteredDevice:
    keys, former = _keys(item["public"]), _keys(item.get("former", []))
    if not keys and not former:
        raise ValueError("a device without a key")
    stays = [
        Stay(str(stay["pole"]), int(stay["begin"]), stay["end"], _place(stay.get("place")))
        for stay in item.get("stays", [])
    ]
    name = str(item.get("name") or item["id"])
    return RegisteredDevice(str(item["id"]), name, keys, _place(item.get("place")), former, stays)


def _kids(device: RegisteredDevice) -> list[bytes]:
    return [sm2.kid(public) for public in (*device.public, *device.former)]


def _keys(listed: list[str]) -> list[bytes]:
    keys = [bytes.fromhex(public) for public in listed]
    if any(len(key) != 65 or key[0] != 4 for key in keys):
        raise ValueError("expected public keys of 130 hex digits that begin with 04")
    return keys


def _place(written: list[float] | None) -> tuple[float, float] | None:
    if not written:
        return None
    longitude, latitude = written
    return float(longitude), float(latitude)

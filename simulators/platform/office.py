"""Where a person at the platform writes orders: its folder with key, next key and database. A
platform that runs there finds what waits."""

import os
from pathlib import Path
from types import TracebackType

from agent.errors import BadSettings
from agent.linux import keys
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.orders import NEXT_KEY
from agent.protocols import cbor, cose, sm2
from provisioning import orders
from provisioning.orders import Device
from provisioning.registry import Registry
from simulators.platform import outcomes
from simulators.platform.orders import Desk
from simulators.platform.store import Store

ANNOUNCED_FOR_MS = 366 * orders.DAY_MS


class Office:
    """The folder of a `pole platform`, as a context manager. BadSettings where there is none."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "platform.key").exists():
            raise BadSettings([f"{folder} is no folder of `pole platform`: no platform.key in it"])
        self._folder = folder
        self._key = folder / "platform.key"
        self._next = folder / "platform.next.key"
        self.public_path = folder / "platform.pub"
        self._store = Store(folder / "platform.db")
        entropy = Entropy()
        self.desk = Desk(self._store, make_signer(keys.load_or_create(self._key), entropy))
        if self._next.exists():
            self.desk.next_signer = make_signer(keys.load_or_create(self._next), entropy)

    def __enter__(self) -> "Office":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._store.close()

    def device(self, pole: str, registry: Registry | None = None) -> Device:
        """The device of that name, as it was heard last, or as it is registered."""
        newest = self._store.rows(
            "SELECT data FROM frames WHERE device=? ORDER BY arrived DESC, seq DESC LIMIT 1",
            (pole,),
        )
        if newest:
            status = self._store.rows("SELECT status FROM heard WHERE device=?", (pole,))
            told = cbor.decode(status[0][0]) if status and status[0][0] else {}
            board = str(told.get(5, "")).startswith("micropython")
            return Device(pole, cose.parse1(newest[0][0]).kid, told.get(2, b""), board)
        for known in registry.devices if registry else ():
            if known.id == pole and known.public:
                return Device(pole, sm2.kid(known.public[0]))
        raise BadSettings([f"nothing was heard of {pole} yet"])

    def listed(self, now: int) -> list[outcomes.Listed]:
        """Every order, and what came of it."""
        return outcomes.listed(self._store, now)

    def announce(self, registry: Registry, now: int) -> bytes:
        """Make the next key, unless it is there, and let every device hear of it. Its public half;
        may be done again, for devices that came since."""
        public = sm2.public_key(keys.load_or_create(self._next))
        for pole in self._untold(registry, public):
            device = self.device(pole, registry)
            expires = now + ANNOUNCED_FOR_MS
            count = self.desk.next_count(pole, now)
            body: dict[int, object] = {1: public}
            made = orders.write(
                self.desk.speaker(pole), device, NEXT_KEY, [body], now, expires, count
            )
            self.desk.put(pole, NEXT_KEY, made.counts, expires, made.data, sm2.kid(public))
        return public

    def unaware(self, registry: Registry) -> list[str]:
        """The devices that are not known to have heard of the next key."""
        if not self._next.exists():
            raise BadSettings([f"no next key in {self._folder}: announce one first"])
        self.desk.next_signer = make_signer(keys.load_or_create(self._next), Entropy())
        return [
            device.id
            for device in registry.devices
            if device.public and self.desk.speaker(device.id) is not self.desk.next_signer
        ]

    def finish_rotation(self, registry: Registry) -> None:
        """The next key becomes the platform's. BadSettings while a device has not heard of it: it
        would never believe the platform again."""
        left = self.unaware(registry)
        if left:
            raise BadSettings([f"these have not heard of the next key yet: {', '.join(left)}"])
        public = sm2.public_key(keys.load_or_create(self._next))
        os.replace(self._next, self._key)
        self.public_path.write_text(public.hex() + "\n", encoding="ascii")

    def _untold(self, registry: Registry, public: bytes) -> list[str]:
        told = {
            row[0]
            for row in self._store.rows(
                "SELECT device FROM orders WHERE kind=? AND about=?", (NEXT_KEY, sm2.kid(public))
            )
        }
        return [device.id for device in registry.devices if device.public and device.id not in told]

"""Who is in a fleet: names and keys that every process of it finds by itself."""

import hashlib

from agent.protocols import sm2
from provisioning.registry import RegisteredDevice, Registry

PLATFORM = 4711  # the platform's private key


def pole_id(number: int) -> str:
    """The name of a pole, which counts from 0."""
    return f"FLEET-{number:05}"


def private_key(number: int) -> int:
    """A pole's own key: the same in every run."""
    seed = hashlib.sha256(b"fleet %d" % number).digest()
    return 1 + int.from_bytes(seed, "big") % (sm2.N - 2)


class FleetRegistry(Registry):
    """The registry of poles 0 to count - 1, which finds a key among thousands at once."""

    def __init__(self, count: int) -> None:
        super().__init__(platform=sm2.public_key(PLATFORM))
        self._by_kid: dict[bytes, RegisteredDevice] = {}
        for number in range(count):
            public = sm2.public_key(private_key(number))
            device = RegisteredDevice(pole_id(number), f"pole {number}", [public])
            self.devices.append(device)
            self._by_kid[sm2.kid(public)] = device

    def by_kid(self, kid: bytes) -> RegisteredDevice | None:
        """See Registry."""
        return self._by_kid.get(kid)

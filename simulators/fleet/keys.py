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


def registry(count: int) -> Registry:
    """The registry of poles 0 to count - 1."""
    devices = [
        RegisteredDevice(pole_id(number), f"pole {number}", [sm2.public_key(private_key(number))])
        for number in range(count)
    ]
    return Registry(devices, sm2.public_key(PLATFORM))

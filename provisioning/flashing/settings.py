"""Settings of one board out of a pole.toml that many share."""

import binascii
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.algorithms import SM2
from agent.protocols import cbor
from agent.settings import Settings, pack, unpack
from provisioning.flashing.words import Failure


@dataclass(frozen=True)
class BoardSettings:
    """packed: what the board reads."""

    settings: Settings
    packed: bytes


def compile_settings(
    path: Path, pole_id: str | None = None, place: tuple[float, float] | None = None
) -> BoardSettings:
    """Compile a pole.toml, with another id and place where they are given. Failure with all that
    is wrong with it."""
    try:
        found = pole_toml.load(path)
        if found.algorithm != SM2:
            raise BadSettings([f"signing.algorithm: boards sign by SM2, not by {found.algorithm}"])
        items = cbor.decode(found.packed[:-4])
        if pole_id is not None:
            if not pole_id or not pole_toml.is_id(pole_id):
                raise BadSettings([f"id {pole_id!r}: expected {pole_toml.ID}"])
            items["pole"]["id"] = pole_id
        if place is not None:
            if not pole_toml.is_place(*place):
                raise BadSettings([f"place {place}: expected {pole_toml.PLACE}"])
            items["pole"]["place"] = [round(part * 10_000_000) for part in place]
        packed = pack(items)
        return BoardSettings(unpack(packed), packed)
    except BadSettings as error:
        raise Failure("bad-settings", reason=error.mistakes) from None
    except OSError as error:
        raise Failure("bad-settings", reason=f"{path}: {error.strerror}") from None


def network_file(name: str, password: str) -> bytes:
    """What ``network.bin`` holds: see board/radio.py."""
    body = cbor.encode({"name": name, "password": password})
    return body + binascii.crc32(body).to_bytes(4, "big")

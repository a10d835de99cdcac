"""Signed records of what the authority decided: bindings, revocations, retirements, replacements.

A record is a COSE_Sign1 as frames are (docs/wire-format.md), signed by the issuing authority, its
payload a CBOR map: 1 kind, 2 serial, 3 time in seconds UTC, and by kind 4 pole, 5 place (longitude,
latitude in 10**-7 degrees of CGCS2000), 6 reason, 7 the other serial or key id, 8 the device's own
proof.
"""

from typing import Any

from agent.errors import BadFrame
from agent.ports import Signer, Verifier
from agent.protocols import cbor, cose
from provisioning.authority.coordinates import Place

KIND, SERIAL, AT, POLE, PLACE, REASON, OTHER, PROOF = range(1, 9)
BOUND, REVOKED, RETIRED, REPLACED, WIPED = "bound", "revoked", "retired", "replaced", "wiped"
CERTIFIED = "certified"
KINDS = (BOUND, REVOKED, RETIRED, REPLACED, WIPED, CERTIFIED)


def bound(signer: Signer, serial: str, at: int, pole: str, place: Place | None) -> bytes:
    """The device is at this pole from at on, until its next binding."""
    body: dict[int, Any] = {KIND: BOUND, SERIAL: serial, AT: at, POLE: pole}
    if place:
        body[PLACE] = [place.longitude, place.latitude]
    return cose.sign1(cbor.encode(body), signer)


def revoked(signer: Signer, serial: str, at: int, reason: str) -> bytes:
    """What the device's keys sign is not trusted from at on."""
    return cose.sign1(cbor.encode({KIND: REVOKED, SERIAL: serial, AT: at, REASON: reason}), signer)


def retired(signer: Signer, serial: str, at: int, proof: bytes) -> bytes:
    """The device is out of service; proof: its own record that it wiped itself, or empty."""
    return cose.sign1(cbor.encode({KIND: RETIRED, SERIAL: serial, AT: at, PROOF: proof}), signer)


def replaced(signer: Signer, serial: str, at: int, other: str) -> bytes:
    """Another device took over the pole."""
    return cose.sign1(cbor.encode({KIND: REPLACED, SERIAL: serial, AT: at, OTHER: other}), signer)


def certified(signer: Signer, serial: str, at: int, words: str, key: str) -> bytes:
    """A technician's key (its id in hex) may order this device; words: who, what, how long."""
    body = {KIND: CERTIFIED, SERIAL: serial, AT: at, REASON: words, OTHER: key}
    return cose.sign1(cbor.encode(body), signer)


def wiped(signer: Signer, serial: str, at: int) -> bytes:
    """By the device itself, the last that its key signs: keys and journal are gone."""
    return cose.sign1(cbor.encode({KIND: WIPED, SERIAL: serial, AT: at}), signer)


def read(record: bytes, verifier: Verifier) -> dict[int, Any]:
    """The payload of a record, proven. BadFrame, BadSignature."""
    body = cbor.decode(cose.open1(record, verifier))
    if (
        not isinstance(body, dict)
        or body.get(KIND) not in KINDS
        or not isinstance(body.get(SERIAL), str)
        or not isinstance(body.get(AT), int)
    ):
        raise BadFrame("signed, but no record of an authority")
    return body

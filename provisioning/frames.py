"""A platform's side of frames, as a library: read, verify, decode. Nothing of a device runs here.

    registry = registry.load(Path("registry.json"))
    for proof in frames.verified(frames.items(Path("frames")), registry):
        if proof.error: ...

Verification is libcrypto's where there is one. A frame's device is whoever holds its key; a key
that was once trusted proves what it signed in its time.
"""

import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import frame, frame_reader
from agent.errors import AgentError, BadFrame, BadSignature
from agent.linux import algorithms
from agent.protocols import cose
from agent.reading import QUALITY_NAMES
from provisioning.registry import RegisteredDevice, Registry, Stay

_SIGN1 = 0xD2  # the first byte of every frame: CBOR tag 18


@dataclass(frozen=True)
class Proof:
    """One frame: its bytes, whose it is, and what it says; or why it proves nothing.

    error: "" for a genuine frame. frame: None where even the outside could not be read.
    """

    data: bytes
    device: RegisteredDevice | None
    frame: frame_reader.Frame | None
    error: str = ""


@dataclass(frozen=True)
class Value:
    """One reading as a platform uses it: value times 10**exponent in unit (SenML).

    time: ms UTC, or ms of uptime where time_quality is "unsynced". stay: where the device was.
    """

    device: str
    sensor: str
    channel: str
    time: int
    time_quality: str
    value: int | None
    exponent: int
    unit: str
    quality: str
    stay: Stay | None


def items(path: Path) -> Iterator[bytes]:
    """Every frame in a file, or in all files of a folder, in the order of their names.

    OSError for a path that cannot be read.
    """
    if path.is_dir():
        for part in sorted(path.rglob("*")):
            if part.is_file():
                yield from split(part.read_bytes())
    else:
        yield from split(path.read_bytes())


def split(data: bytes) -> Iterator[bytes]:
    """Every frame in data: frames one after the other (RFC 8742), lines of hex, or lines of JSON
    with a member ``hex``, as `pole journal --export` prints them.

    What is none of these comes as it is, for `verified` to refuse by name.
    """
    if not data.strip():
        return
    if data[0] == _SIGN1:
        yield from cose.split(data)
        return
    for line in data.splitlines():
        if line.strip():
            yield _of_text(line.strip())


def verified(frames: Iterable[bytes], registry: Registry) -> Iterator[Proof]:
    """Each frame with its verdict."""
    verifier = algorithms.verifier(registry.all_keys())
    for data in frames:
        device, got = None, None
        try:
            if data[:1] != bytes([_SIGN1]):
                raise BadFrame("no frame, neither as CBOR nor in hex nor in JSON")
            parsed = cose.parse1(data)
            device = registry.by_kid(parsed.kid)
            if device is None:
                raise BadSignature(f"a key that is not registered: {parsed.kid.hex()}")
            verifier.verify(parsed.alg, parsed.kid, parsed.message, parsed.signature)
            got = frame_reader.identify(parsed.payload)
        except AgentError as error:
            yield Proof(data, device, got, str(error))
        else:
            yield Proof(data, device, got)


def schemas(proofs: Iterable[Proof]) -> dict[tuple[str, bytes], dict[int, Any]]:
    """What the genuine schema frames among the proofs say, by the device's id and schema id."""
    found = {}
    for proof in proofs:
        got = proof.frame
        if got is not None and got.kind == frame.SCHEMA_FRAME and not _trouble(proof):
            assert proof.device is not None
            found[proof.device.id, bytes(got.schema_id_of_body())] = got.body
    return found


def values(proof: Proof, known: dict[tuple[str, bytes], dict[int, Any]]) -> Iterator[Value]:
    """The readings of a genuine frame of rows. BadFrame where its schema is not among the known."""
    trouble = _trouble(proof)
    if trouble:
        raise BadFrame(trouble)
    device, got = proof.device, proof.frame
    assert device is not None and got is not None
    if got.kind != frame.ROWS:
        return
    schema = known.get((device.id, bytes(got.schema_id)))
    if schema is None:
        raise BadFrame(f"its schema {got.schema_id.hex()} is not here")
    word = ("synced", "holdover", "unsynced")[got.time_quality]
    for row, time in enumerate(got.times):
        stay = None if word == "unsynced" else device.stay_at(time // 1000)
        for column, channel in enumerate(schema[4][: len(got.columns)]):
            index, name, unit, exponent, _ = channel
            yield Value(
                device.id,
                schema[3][index][0],
                name,
                time,
                word,
                got.columns[column][row],
                exponent,
                unit,
                QUALITY_NAMES[got.qualities[column][row]],
                stay,
            )


def _trouble(proof: Proof) -> str:
    if proof.error or proof.frame is None:
        return proof.error or "no frame"
    return str(proof.frame.undecoded)


def _of_text(line: bytes) -> bytes:
    try:
        if line[:1] == b"{":
            return bytes.fromhex(json.loads(line)["hex"])
        return binascii.unhexlify(line)
    except (ValueError, KeyError, TypeError):
        return line

"""docs/wire-format.md: its worked example is what the code makes, and its commands verify it."""

import datetime
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import frame, frame_reader, reading
from agent.linux.libcrypto import LibcryptoVerifier
from agent.protocols import cbor, cose, sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from agent.protocols.sm3 import digest
from agent.schedule import schema_body
from tests.host.micropython import ROOT
from tests.host.openssl import openssl

PAGE = (ROOT / "docs" / "wire-format.md").read_text(encoding="utf-8")
START = 1764000000000


def blocks(name: str) -> list[str]:
    """The code blocks with this name behind their language."""
    found = re.findall(rf"^```\w+ {name}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found


def octets(name: str) -> bytes:
    """The bytes of the one annotated block of this name."""
    (block,) = blocks(name)
    return bytes.fromhex("".join(line.partition("#")[0] for line in block.splitlines()))


def numbers(name: str) -> dict[str, bytes]:
    """The named numbers of the one block of this name."""
    (block,) = blocks(name)
    return {word: bytes.fromhex(value) for word, value in map(str.split, block.splitlines())}


class NoEntropy:
    def take(self, size: int) -> bytes:
        return bytes(size)


class Sensor:
    """As much of a device as its schema needs."""

    def __init__(self, name: str, model: str, channels: list[reading.Channel], watched: list[str]):
        self.name = name
        self.driver = self
        self.model = model
        self.proven = True
        self.channels = channels
        self.watched = watched


KEY = numbers("key")
D = int.from_bytes(KEY["d"], "big")
PUBLIC = b"\x04" + KEY["x"] + KEY["y"]
AIR = Sensor(
    "air",
    "example-climate",
    [
        reading.Channel("temperature", "Cel", -1, None, None),
        reading.Channel("humidity", "%RH", -1, None, None),
    ],
    [],
)
DUST = Sensor("dust", "example-dust", [reading.Channel("pm2_5", "ug/m3", 0, None, None)], ["pm2_5"])


def test_the_key_and_what_follows_from_it() -> None:
    assert sm2.public_key(D) == PUBLIC
    assert sm2.kid(PUBLIC) == KEY["kid"]
    assert sm2.identity_hash(PUBLIC) == KEY["Z_A"]


def test_the_schema() -> None:
    body = schema_body(60000, 60000, [AIR, DUST])
    assert cbor.encode(body) == octets("schema")
    assert cbor2.loads(octets("schema")) == body
    assert frame.schema_id(body) == octets("schema-id") == digest(octets("schema"))[:4]


def test_the_frame_byte_by_byte() -> None:
    rows = frame.RowBuffer(octets("schema-id"), 3)
    good = reading.GOOD
    rows.add(START, [215, 603, 12], [good, good, good])
    rows.add(START + 60000, [217, None, 9], [good, reading.NO_REPLY, good])
    fields = rows.fields(2)
    payload = frame.payload(0x5EED0001, reading.TELEMETRY, 42, 3, START, reading.SYNCED, fields)
    made = cose.sign1(payload, SoftSigner(D, NoEntropy()))
    assert made.hex(" ") == octets("frame").hex(" ")
    assert f"The frame, {len(made)} bytes:" in PAGE
    when = datetime.datetime.fromtimestamp(START / 1000, datetime.UTC)
    assert f"the first on {when:%Y-%m-%d at %H:%M:%S} UTC" in PAGE
    SoftVerifier([PUBLIC]).verify(*parsed(made))
    LibcryptoVerifier([PUBLIC]).verify(*parsed(made))


def parsed(data: bytes) -> tuple[int, bytes, bytes, bytes]:
    part = cose.parse1(data)
    return part.alg, part.kid, part.message, part.signature


def test_what_was_signed_and_with_which_nonce() -> None:
    _, _, message, signature = parsed(octets("frame"))
    assert message == octets("message")
    protected, unprotected, payload, raw = cbor2.loads(octets("frame")).value
    assert (unprotected, raw) == ({}, signature)
    assert message == cbor2.dumps(["Signature1", protected, b"", payload])
    said = numbers("nonce")
    assert digest(KEY["Z_A"] + message) == said["e"]
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    assert (s * (1 + D) + r * D) % sm2.N == int.from_bytes(said["k"], "big")


def test_the_acknowledgement() -> None:
    ack = frame.Acknowledgement(
        KEY["kid"], 0x5EED0001, {0: 0, 1: 42, 2: 7}, [(1, 45, 47)], [octets("schema-id")],
        START + 61234,
    )  # fmt: skip
    data = octets("acknowledgement")
    assert frame_reader.encode_acknowledgement(ack) == data
    read = frame.decode_downlink(data)
    assert (read.device, read.epoch, read.acked) == (ack.device, ack.epoch, ack.acked)
    assert (read.want, read.schemas, read.utc_ms) == ([[1, 45, 47]], ack.schemas, ack.utc_ms)


Rows = list[tuple[int, list[int | None], list[int]]]


def page_decoder() -> Callable[[bytes], Rows]:
    """The page's own decoder."""
    scope: dict[str, Any] = {}
    exec(blocks("decoder")[0], scope)
    return scope["rows"]  # type: ignore[no-any-return]


ROWS = page_decoder()


def test_the_decoder_of_the_page_reads_the_example() -> None:
    assert ROWS(octets("frame")) == [
        (START, [215, 603, 12], [0, 0, 0]),
        (START + 60000, [217, None, 9], [0, 10, 0]),
    ]


QUALITIES = st.sampled_from(sorted(reading.QUALITY_NAMES))
CELLS = st.tuples(st.integers(-(2**40), 2**40), QUALITIES)


@given(
    st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.tuples(st.integers(0, 10**7), st.lists(CELLS, min_size=columns, max_size=columns)),
            min_size=1,
            max_size=8,
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_the_decoder_of_the_page_reads_whatever_the_agent_writes(
    table: list[tuple[int, list[tuple[int, int]]]],
) -> None:
    buffer = frame.RowBuffer(b"abcd", len(table[0][1]))
    expected: Rows = []
    time = START
    for wait, cells in table:
        time += wait
        qualities = [quality for _, quality in cells]
        values = [value if reading.has_value(quality) else None for value, quality in cells]
        buffer.add(time, values, qualities)
        expected.append((time, values, qualities))
    fields = buffer.fields(len(table))
    payload = frame.payload(1, 1, 1, 1, START + table[0][0], 0, fields)
    data = cbor.encode(cbor.Tag(18, [b"", {}, payload, bytes(64)]))
    assert ROWS(data) == expected
    read = frame_reader.decode(payload)
    by_row = [
        (read.times[row], [column[row] for column in read.columns],
         [column[row] for column in read.qualities])
        for row in range(len(table))
    ]  # fmt: skip
    assert by_row == expected


def test_the_library_of_the_page_verifies_and_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {12: schema_body(60000, 60000, [AIR, DUST]), 5: frame.SCHEMA_FRAME}
    payload = frame.payload(0x5EED0001, reading.TELEMETRY, 41, 3, START, reading.SYNCED, body)
    forged = bytearray(octets("frame"))
    forged[-1] ^= 1
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "1").write_bytes(cose.sign1(payload, SoftSigner(D, NoEntropy())))
    (tmp_path / "frames" / "2").write_bytes(octets("frame") + forged)
    (tmp_path / "registry.json").write_text(
        json.dumps({"devices": [{"id": "CD-JJ-0001", "public": [PUBLIC.hex()]}]})
    )
    monkeypatch.chdir(tmp_path)
    exec(blocks("library")[0], {})
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"CD-JJ-0001 air temperature {START} 215 good"
    assert said[4] == f"CD-JJ-0001 air humidity {START + 60000} None no reply"
    assert len(said) == 7 and said[6].startswith("refused: ")


def sh(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-eu", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    openssl(tmp_path, "version")
    if shutil.which("basenc") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("basenc is missing")
        pytest.skip("basenc is missing")
    said = ""
    for commands in blocks("commands"):
        done = sh(tmp_path, commands)
        assert done.returncode == 0, commands + done.stderr
        said += done.stdout
    assert (tmp_path / "message").read_bytes() == octets("message")
    assert (tmp_path / "z_a").read_bytes() == KEY["Z_A"]
    kid, verdict, e = said.splitlines()
    assert kid.split()[-1][:16] == KEY["kid"].hex()
    assert verdict == "Verified OK"
    assert e.split()[-1] == numbers("nonce")["e"].hex()
    (trap,) = blocks("trap")
    fallen = sh(tmp_path, trap)
    assert fallen.returncode != 0 and "Verified OK" not in fallen.stdout
    # One bit of the message, and the same command refuses.
    message = bytearray((tmp_path / "message").read_bytes())
    message[-1] ^= 1
    (tmp_path / "message").write_bytes(message)
    (check,) = [part for part in blocks("commands") if "-verify" in part]
    assert sh(tmp_path, check).returncode != 0


def test_every_number_of_the_code_stands_on_the_page() -> None:
    assert f"`{cose.ALG_SM2_SM3}`" in PAGE and f"`{sm2.DEFAULT_ID.decode()}`" in PAGE
    kinds = re.search(r"\*\*Kinds\.\*\*(.*?)\n\n", PAGE, re.DOTALL)
    assert kinds is not None
    for number, name in frame_reader.KIND_NAMES.items():
        assert f"{number} {name}" in " ".join(kinds[1].split()), name
    for number, name in reading.QUALITY_NAMES.items():
        assert re.search(rf"\| {number} \| {name}\b", PAGE), name
    for number, name in enumerate(frame.ALARM_STATES):
        assert re.search(rf"\b{number}\s+{name}\b", PAGE), name
    keys = {"epoch": frame.EPOCH, "lane": frame.LANE, "seq": frame.SEQ, "boot": frame.BOOT,
            "kind": frame.KIND, "time": frame.TIME, "time quality": frame.TIME_QUALITY,
            "schema": frame.SCHEMA, "times": frame.TIMES, "columns": frame.COLUMNS,
            "exceptions": frame.EXCEPTIONS, "body": frame.BODY, "raw": frame.RAW}  # fmt: skip
    for name, number in keys.items():
        assert f"\n| {number} | {name} | " in PAGE, name

"""The platform's side as a library, and ``pole frames``: what is genuine, and what it says."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.cli.main import main
from agent.errors import BadFrame
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.protocols import cbor, cose, sm2
from provisioning import frames
from provisioning.registry import RegisteredDevice, Registry, Stay
from simulators.world.flash import SimFlash
from tests.host.test_cli_journal import KEY, fill

MOVED = 1_790_000_010


def stored() -> list[bytes]:
    """The frames of a small journal, by every lane."""
    journal = fill(SimFlash(16, 4096))
    found = []
    for lane in (0, 1):
        for seq in range(1, journal.next_seq(lane)):
            data = journal.read(lane, seq)
            if data is not None:
                found.append(bytes(data))
    return found


FRAMES = stored()
DEVICE = RegisteredDevice(
    "P-2",
    "PB-1",
    [sm2.public_key(KEY)],
    None,
    [sm2.public_key(KEY + 1)],
    [Stay("P-1", 0, MOVED, (104.0, 30.5)), Stay("P-2", MOVED, None, None)],
)
REGISTRY = Registry([DEVICE])


def test_every_frame_is_genuine() -> None:
    proofs = list(frames.verified(FRAMES, REGISTRY))
    assert len(proofs) > 10
    assert [proof.error for proof in proofs] == [""] * len(proofs)
    assert all(proof.device is DEVICE for proof in proofs)


def test_a_former_key_still_proves_its_time() -> None:
    old = cose.sign1(cbor.encode({}), make_signer(KEY + 1, Entropy()))
    (proof,) = frames.verified([old], REGISTRY)
    assert proof.device is DEVICE
    assert "signature" not in proof.error


def test_one_changed_bit_anywhere_is_refused() -> None:
    data = FRAMES[0]
    for at in range(len(data)):
        for bit in (0, 7):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            (proof,) = frames.verified([changed], REGISTRY)
            assert proof.error, f"byte {at}, bit {bit}"


def test_a_key_that_nobody_registered_is_refused() -> None:
    stranger = cose.sign1(cose.parse1(FRAMES[0]).payload, make_signer(99, Entropy()))
    (proof,) = frames.verified([stranger], REGISTRY)
    assert "not registered" in proof.error
    assert proof.device is None


@given(st.binary(max_size=400))
@example(b"")
@example(b"{")
@example(b'{"hex": 5}')
@example(b"\xd2")
def test_any_bytes_end_in_a_verdict(data: bytes) -> None:
    try:
        parts = list(frames.split(data))
    except BadFrame:
        return
    for proof in frames.verified(parts, REGISTRY):
        assert proof.error


def test_a_reading_has_the_place_of_its_time() -> None:
    proofs = list(frames.verified(FRAMES, REGISTRY))
    known = frames.schemas(proofs)
    assert len(known) == 1
    found = [value for proof in proofs for value in frames.values(proof, known)]
    levels = [value for value in found if value.channel == "level"]
    assert levels[0].value is not None
    assert (levels[0].exponent, levels[0].unit, levels[0].quality) == (-3, "m", "good")
    poles = {value.time // 1000 < MOVED: value.stay.pole for value in levels if value.stay}
    assert poles == {True: "P-1", False: "P-2"}
    missing = [value for value in found if value.channel == "temperature"]
    assert {(value.value, value.quality) for value in missing} == {(None, "no reply")}


def test_without_its_schema_a_frame_is_not_guessed() -> None:
    proofs = list(frames.verified(FRAMES, REGISTRY))
    rows = next(proof for proof in proofs if proof.frame and proof.frame.kind == 0)
    with pytest.raises(BadFrame, match="schema"):
        list(frames.values(rows, {}))


def files(where: Path) -> Path:
    """The same frames as a sequence, as hex and as JSON lines, in a folder; and the registry."""
    folder = where / "frames"
    folder.mkdir()
    (folder / "a.cbor").write_bytes(b"".join(FRAMES))
    (folder / "b.hex").write_text("".join(f"{data.hex()}\n" for data in FRAMES))
    (folder / "c.jsonl").write_text("".join(json.dumps({"hex": f.hex()}) + "\n" for f in FRAMES))
    REGISTRY.save(where / "registry.json")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    status = main(["frames", *[str(part) for part in arguments]])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_command_reads_files_folders_and_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, registry = files(tmp_path), tmp_path / "registry.json"
    status, said, _ = run(capsys, "verify", "--registry", registry, folder)
    assert (status, said.splitlines()[-1]) == (0, f"{3 * len(FRAMES)} genuine, 0 refused")
    stdin = io.TextIOWrapper(io.BytesIO((folder / "b.hex").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    status, said, _ = run(capsys, "verify", "--registry", registry, "-")
    assert (status, said.splitlines()[-1]) == (0, f"{len(FRAMES)} genuine, 0 refused")


def test_the_command_names_what_is_not_genuine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, registry = files(tmp_path), tmp_path / "registry.json"
    (folder / "d.hex").write_text(FRAMES[0].hex()[:-2] + "00\nnonsense\n")
    status, said, _ = run(capsys, "verify", "--registry", registry, folder)
    assert status == 1
    assert "2 refused" in said
    assert "PB-1" in said
    status, said, _ = run(capsys, "verify", "--json", "--registry", registry, folder / "d.hex")
    assert [json.loads(line)["genuine"] for line in said.splitlines()] == [False, False]
    (tmp_path / "empty").write_bytes(b"")
    assert run(capsys, "verify", "--registry", registry, tmp_path / "empty")[0] == 1


def test_whoever_never_moved_is_where_the_registry_says() -> None:
    device = RegisteredDevice("PB-9", "Gate", [], (104.1, 30.6))
    assert device.stay_at(1_700_000_000) == Stay("PB-9", 0, None, (104.1, 30.6))
    device.stays.append(Stay("PB-9", 1_600_000_000, 1_650_000_000, (104.2, 30.7)))
    assert device.stay_at(1_700_000_000) is None


def test_what_is_no_frame_at_all_is_said() -> None:
    (proof,) = frames.verified(frames.split(b"hello\n"), Registry())
    assert proof.error == "no frame, neither as CBOR nor in hex nor in JSON"
    assert list(frames.verified(frames.split(b" \n"), Registry())) == []

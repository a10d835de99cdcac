"""SM2: ours, libcrypto, the openssl command and gmalg accept each other, and nobody a forgery."""

import random
import subprocess
from pathlib import Path

import gmalg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadFrame, BadSignature
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier, make_signer
from agent.protocols import cose, sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from tests.host.micropython import run

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
SIGNERS = {
    "plain integers": SoftSigner(D, Entropy()),
    "libcrypto": LibcryptoSigner(D),
}
PUBLIC = sm2.public_key(D)
VERIFIERS = {
    "plain integers": SoftVerifier([PUBLIC]),
    "libcrypto": LibcryptoVerifier([PUBLIC]),
}
MESSAGES = [bytes(size) + b"%d" % size for size in (0, 1, 63, 64, 700)]


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("verifier", VERIFIERS)
def test_each_accepts_the_other_and_no_forgery(signer: str, verifier: str) -> None:
    one, other = SIGNERS[signer], VERIFIERS[verifier]
    for message in MESSAGES:
        signature = one.sign(message)
        assert len(signature) == 64
        other.verify(one.alg, one.kid, message, signature)
        for bad in (signature[:63] + bytes([signature[63] ^ 1]), bytes(64), signature[:40]):
            with pytest.raises(BadSignature):
                other.verify(one.alg, one.kid, message, bad)
        with pytest.raises(BadSignature):
            other.verify(one.alg, one.kid, message + b"x", signature)
        with pytest.raises(BadSignature):
            other.verify(cose.ALG_ES256, one.kid, message, signature)
        with pytest.raises(BadSignature):
            other.verify(one.alg, bytes(8), message, signature)


def pem(folder: Path) -> tuple[Path, Path]:
    """The key pair as OpenSSL's files."""
    curve = bytes.fromhex("a00a06082a811ccf5501822d")
    der = b"\x02\x01\x01\x04\x20" + D.to_bytes(32, "big") + curve + b"\xa1\x44\x03\x42\x00" + PUBLIC
    (folder / "key.der").write_bytes(bytes((0x30, len(der))) + der)
    openssl(folder, "pkey", "-inform", "DER", "-in", "key.der", "-out", "key.pem")
    openssl(folder, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    return folder / "key.pem", folder / "public.pem"


def openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


DISTID = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


def der(signature: bytes) -> bytes:
    parts = b""
    for number in (signature[:32], signature[32:]):
        number = number.lstrip(b"\0")
        number = b"\0" + number if number[0] & 0x80 else number
        parts += bytes((2, len(number))) + number
    return bytes((0x30, len(parts))) + parts


@pytest.mark.parametrize("signer", SIGNERS)
def test_the_openssl_command_verifies_ours(signer: str, tmp_path: Path) -> None:
    pem(tmp_path)
    for message in MESSAGES[1:]:
        (tmp_path / "message").write_bytes(message)
        (tmp_path / "signature").write_bytes(der(SIGNERS[signer].sign(message)))
        said = openssl(
            tmp_path, "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message",
            "-sigfile", "signature", *DISTID,
        )  # fmt: skip
        assert "Verified Successfully" in said


def test_ours_verify_the_openssl_command(tmp_path: Path) -> None:
    pem(tmp_path)
    (tmp_path / "message").write_bytes(b"from openssl")
    openssl(tmp_path, "pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message",
            "-out", "signature", *DISTID)  # fmt: skip
    data = (tmp_path / "signature").read_bytes()
    r = data[4 : 4 + data[3]].lstrip(b"\0").rjust(32, b"\0")
    s = data[6 + data[3] :].lstrip(b"\0").rjust(32, b"\0")
    for verifier in VERIFIERS.values():
        verifier.verify(cose.ALG_SM2_SM3, sm2.kid(PUBLIC), b"from openssl", r + s)


def test_gmalg_agrees_both_ways() -> None:
    other = gmalg.SM2(D.to_bytes(32, "big"), sm2.DEFAULT_ID, PUBLIC)
    for number in range(20):
        message = b"message %d" % number
        signature = SIGNERS["plain integers"].sign(message)
        assert other.verify(message, signature[:32], signature[32:])
        r, s = other.sign(message)
        VERIFIERS["plain integers"].verify(cose.ALG_SM2_SM3, sm2.kid(PUBLIC), message, r + s)


def test_what_micropython_signs_libcrypto_verifies() -> None:
    lines = run(
        "-c",
        "from agent.protocols.signers import SoftSigner\n"
        "from simulators.world.dice import Dice\n"
        f"signer = SoftSigner({D}, Dice(77))\n"
        "for n in range(30):\n"
        "    print(signer.sign(b'message %d' % n).hex())\n",
    ).split()
    assert len(set(lines)) == 30
    for number, line in enumerate(lines):
        VERIFIERS["libcrypto"].verify(
            cose.ALG_SM2_SM3, sm2.kid(PUBLIC), b"message %d" % number, bytes.fromhex(line)
        )


def test_random_keys_and_messages() -> None:
    dice = random.Random(5)
    for _ in range(40):
        d = dice.randrange(1, sm2.N - 1)
        signer, soft = LibcryptoSigner(d), SoftSigner(d, Entropy())
        assert signer.public == soft.public
        message = dice.randbytes(dice.randrange(200))
        LibcryptoVerifier([signer.public]).verify(
            signer.alg, signer.kid, message, soft.sign(message)
        )
        SoftVerifier([signer.public]).verify(signer.alg, signer.kid, message, signer.sign(message))


FRAME = cose.sign1(b"\xa1\x01\x02" * 20, SIGNERS["libcrypto"])


@given(st.integers(0, len(FRAME) * 8 - 1))
@settings(max_examples=400)
def test_no_altered_frame_passes(bit: int) -> None:
    altered = bytearray(FRAME)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadFrame, BadSignature)):
        cose.open1(bytes(altered), VERIFIERS["libcrypto"])


@given(st.binary(max_size=200))
def test_random_bytes_are_no_frame(data: bytes) -> None:
    with pytest.raises((BadFrame, BadSignature)):
        cose.open1(data, VERIFIERS["libcrypto"])


def test_it_does_not_leak() -> None:
    signer = make_signer(D, Entropy())
    verifier = VERIFIERS["libcrypto"]

    def resident() -> int:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1])

    def work(times: int) -> None:
        for _ in range(times):
            signature = signer.sign(b"m")
            verifier.verify(signer.alg, signer.kid, b"m", signature)

    work(500)
    before = resident()
    work(3000)
    assert resident() - before < 200, "pages of 4 KB"

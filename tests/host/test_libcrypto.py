"""SM2: ours, libcrypto, the openssl command and gmalg accept each other, and nobody a forgery."""

import ctypes
import ctypes.util
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gmalg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadFrame, BadSignature
from agent.linux import der, libcrypto
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier, make_signer, make_verifier
from agent.protocols import cose, sm2
from agent.protocols.signers import SoftSigner, SoftVerifier
from tests.host.micropython import ROOT, run
from tests.host.openssl import DISTID, key_files, openssl
from tests.shared import contracts_signer as contract

D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = sm2.public_key(D)
OTHER = sm2.public_key(2)
SIGNERS: dict[str, type] = {"plain integers": SoftSigner, "libcrypto": LibcryptoSigner}
VERIFIERS: dict[str, type] = {"plain integers": SoftVerifier, "libcrypto": LibcryptoVerifier}


def signer(name: str, d: int = D) -> Any:
    return LibcryptoSigner(d) if name == "libcrypto" else SoftSigner(d, Entropy())


@pytest.mark.parametrize("signs", SIGNERS)
@pytest.mark.parametrize("verifies", VERIFIERS)
def test_the_contract_whoever_signs_and_verifies(signs: str, verifies: str) -> None:
    first, stranger = signer(signs), signer(signs, 2)
    only_first, both = VERIFIERS[verifies]([PUBLIC]), VERIFIERS[verifies]([PUBLIC, OTHER])
    contract.check_signer(first, only_first)
    contract.check_refusals(first, only_first)
    contract.check_strangers(first, stranger, both, only_first)
    contract.check_envelope(first, only_first)
    contract.check_trust(first, PUBLIC, VERIFIERS[verifies]([]), contract.flipped(PUBLIC, 519))


def test_entropy_of_linux() -> None:
    contract.check_entropy(Entropy())


@pytest.mark.parametrize("d", [1, 2, sm2.N - 2])
def test_keys_at_the_ends_of_the_range(d: int) -> None:
    one = LibcryptoSigner(d)
    assert one.public == SoftSigner(d, Entropy()).public
    SoftVerifier([one.public]).verify(one.alg, one.kid, b"m", one.sign(b"m"))


def test_keys_that_are_none_are_refused() -> None:
    for d in (0, -1, sm2.N - 1, sm2.N):
        with pytest.raises(ValueError):
            make_signer(d, Entropy())
    off = contract.flipped(PUBLIC, 519)
    for public in (off, PUBLIC[1:], b"\x02" + PUBLIC[1:], PUBLIC + b"\0", b""):
        with pytest.raises(BadSignature):
            make_verifier([public])


@pytest.mark.parametrize("signs", SIGNERS)
def test_the_openssl_command_verifies_ours(signs: str, tmp_path: Path) -> None:
    key_files(tmp_path, D)
    for size in (1, 63, 64, 700):
        message = random.Random(size).randbytes(size)
        (tmp_path / "message").write_bytes(message)
        (tmp_path / "signature").write_bytes(der.from_raw(signer(signs).sign(message)))
        said = openssl(
            tmp_path, "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message",
            "-sigfile", "signature", *DISTID,
        )  # fmt: skip
        assert "Verified Successfully" in said


def test_ours_verify_the_openssl_command(tmp_path: Path) -> None:
    key_files(tmp_path, D)
    (tmp_path / "message").write_bytes(b"from openssl")
    sign = ("pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature")
    openssl(tmp_path, *sign, *DISTID)
    signature = der.to_raw((tmp_path / "signature").read_bytes())
    for verifier in VERIFIERS.values():
        verifier([PUBLIC]).verify(cose.ALG_SM2_SM3, sm2.kid(PUBLIC), b"from openssl", signature)


def test_a_signature_under_an_empty_id_is_refused(tmp_path: Path) -> None:
    # What the command of OpenSSL 3.0 makes when nobody tells it the id.
    key_files(tmp_path, D)
    (tmp_path / "message").write_bytes(b"from openssl")
    empty = (*DISTID[:-1], "hexdistid:")
    sign = ("pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "signature")
    openssl(tmp_path, *sign, *empty)
    signature = der.to_raw((tmp_path / "signature").read_bytes())
    sm2.verify(PUBLIC, b"from openssl", signature, b"")
    for verifier in VERIFIERS.values():
        with pytest.raises(BadSignature):
            verifier([PUBLIC]).verify(cose.ALG_SM2_SM3, sm2.kid(PUBLIC), b"from openssl", signature)


@pytest.mark.parametrize("name", SIGNERS)
def test_gmalg_agrees_both_ways(name: str) -> None:
    other = gmalg.SM2(D.to_bytes(32, "big"), sm2.DEFAULT_ID, PUBLIC)
    one, verifier = signer(name), VERIFIERS[name]([PUBLIC])
    for number in range(10):
        message = b"message %d" % number
        signature = one.sign(message)
        assert other.verify(message, signature[:32], signature[32:])
        # gmalg drops leading zeros.
        raw = b"".join(part.rjust(32, b"\0") for part in other.sign(message))
        verifier.verify(one.alg, one.kid, message, raw)


def test_what_micropython_signs_libcrypto_verifies() -> None:
    lines = run(
        "-c",
        "from agent.protocols.signers import SoftSigner\n"
        "from board.entropy import Entropy\n"
        f"signer = SoftSigner({D}, Entropy())\n"
        "for n in range(20):\n"
        "    print(signer.sign(b'message %d' % n).hex())\n",
    ).split()
    assert len(set(lines)) == 20
    verifier = LibcryptoVerifier([PUBLIC])
    for number, line in enumerate(lines):
        signature = bytes.fromhex(line)
        verifier.verify(cose.ALG_SM2_SM3, sm2.kid(PUBLIC), b"message %d" % number, signature)


@given(st.integers(1, sm2.N - 2), st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_random_keys_and_messages(d: int, message: bytes) -> None:
    one, soft = LibcryptoSigner(d), SoftSigner(d, Entropy())
    assert (one.public, one.kid) == (soft.public, soft.kid)
    LibcryptoVerifier([one.public]).verify(one.alg, one.kid, message, soft.sign(message))
    SoftVerifier([one.public]).verify(one.alg, one.kid, message, one.sign(message))


FRAME = cose.sign1(b"\xa1\x01\x02" * 20, LibcryptoSigner(D))
TRUSTED = LibcryptoVerifier([PUBLIC])


@given(st.sets(st.integers(0, len(FRAME) * 8 - 1), min_size=1, max_size=3))
@settings(max_examples=600, deadline=None)
def test_no_altered_frame_passes(bits: set[int]) -> None:
    altered = FRAME
    for bit in bits:
        altered = contract.flipped(altered, bit)
    with pytest.raises((BadFrame, BadSignature)):
        cose.open1(altered, TRUSTED)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_random_bytes_are_no_frame(data: bytes) -> None:
    for wrong in (data, FRAME[: len(data)], FRAME + data + b"\0"):
        with pytest.raises((BadFrame, BadSignature)):
            cose.open1(wrong, TRUSTED)


@given(st.binary(min_size=64, max_size=64), st.binary(max_size=90))
@settings(deadline=None)
def test_der_is_read_only_in_its_canonical_form(raw: bytes, noise: bytes) -> None:
    assert der.to_raw(der.from_raw(raw)) == raw
    try:
        assert der.from_raw(der.to_raw(noise)) == noise
    except BadSignature:
        pass


def test_der_that_is_not_canonical_is_refused() -> None:
    good = der.from_raw(bytes(31) + b"\x01" + bytes(31) + b"\x80")
    assert good == bytes.fromhex("3007 020101 02020080")
    for bad in ("3008 020101 0203000080", "3006 020101 020180", "3007 020101 02020080 00",
                "308107 020101 02020080", "3007 02810101 020180", "3003 020101", "30", "",
                "3107 020101 02020080", "3007 030101 02020080"):  # fmt: skip
        with pytest.raises(BadSignature):
            der.to_raw(bytes.fromhex(bad))
    with pytest.raises(BadSignature):
        der.to_raw(b"\x30\x48\x02\x22" + b"\x7f" * 34 + b"\x02\x22" + b"\x7f" * 34)


def test_without_a_library_it_says_so_and_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> ctypes.CDLL:
        raise OSError(2, f"no {name}")

    assert make_signer(D, Entropy()).implementation == "libcrypto"
    assert make_verifier([PUBLIC]).implementation == "libcrypto"
    monkeypatch.setattr(libcrypto, "_library", [])
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(ctypes, "CDLL", nothing)
    with pytest.raises(OSError, match=r"no libcrypto of OpenSSL 3\.0"):
        LibcryptoSigner(D)
    fallback = make_signer(D, Entropy())
    verifier = make_verifier(public for public in [PUBLIC])
    assert fallback.implementation == verifier.implementation == "plain integers"
    contract.check_signer(fallback, verifier)


def test_found_by_its_name_where_nothing_can_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libcrypto, "_library", [])
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    try:
        ctypes.CDLL("libcrypto.so.3")
    except OSError:
        ctypes.CDLL("libcrypto.so.4")
    assert make_signer(D, Entropy()).implementation == "libcrypto"


def test_a_libcrypto_that_offers_no_sm2(tmp_path: Path) -> None:
    # OpenSSL with only its base provider: the algorithms are not there, as in a certified build.
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = all\n[all]\nproviders = some\n[some]\nbase = on\n[on]\nactivate = 1\n"
    )
    program = (
        "from agent.linux.entropy import Entropy\n"
        "from agent.linux.libcrypto import LibcryptoSigner, make_signer, make_verifier\n"
        "try:\n    LibcryptoSigner(5)\nexcept OSError as error:\n    print(error.strerror)\n"
        "signer = make_signer(5, Entropy())\n"
        "make_verifier([signer.public]).verify(signer.alg, signer.kid, b'm', signer.sign(b'm'))\n"
        "print(signer.implementation)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "OPENSSL_CONF": str(config)},
    )  # fmt: skip
    said, implementation = done.stdout.splitlines()
    assert said.startswith("this libcrypto was built without SM2")
    assert implementation == "plain integers"


LEAKS = f"""
from agent.errors import BadSignature
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
signer = LibcryptoSigner({D})
verifier = LibcryptoVerifier([signer.public])

def work(times):
    for _ in range(times):
        signature = signer.sign(b"m")
        verifier.verify(signer.alg, signer.kid, b"m", signature)
        try:
            verifier.verify(signer.alg, signer.kid, b"other", signature)
            raise SystemExit("passed")
        except BadSignature:
            LibcryptoVerifier([signer.public])

def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

work(300)
before = pages()
work(1500)
print(pages() - before)
"""


def test_it_does_not_leak() -> None:
    # In a process of its own, whose heap holds nothing that was freed before.
    done = subprocess.run(
        [sys.executable, "-c", LEAKS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 40, "pages of 4 KB"


def test_it_is_fast_enough() -> None:
    one = LibcryptoSigner(D)
    best = 1.0
    for _ in range(5):
        started = time.process_time()
        for _ in range(100):
            one.sign(b"m")
        best = min(best, time.process_time() - started)
    # 3,000 a second on a small server; a context or key made in vain costs more than this leaves.
    assert best < 0.2, f"{100 / best:.0f} signatures a second"

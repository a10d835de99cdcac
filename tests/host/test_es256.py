"""ES256 beside SM2: the same contract, and no key that is good for another algorithm."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadSignature
from agent.linux.es256 import Es256Signer, Es256Verifier, Verifiers
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.protocols import cose
from tests.host.openssl import openssl
from tests.shared import contracts_signer as contract

ES, OTHER, SM = Es256Signer(5), Es256Signer(6), LibcryptoSigner(5)
ONLY_ES, ONLY_SM = Es256Verifier([ES.public]), LibcryptoVerifier([SM.public])
BOTH = Verifiers([ONLY_SM, ONLY_ES])


def test_the_contract() -> None:
    contract.check_signer(ES, ONLY_ES, cose.ALG_ES256)
    contract.check_refusals(ES, ONLY_ES)
    contract.check_strangers(ES, OTHER, Es256Verifier([ES.public, OTHER.public]), ONLY_ES)
    contract.check_envelope(ES, ONLY_ES)
    contract.check_trust(ES, ES.public, Es256Verifier([]), contract.flipped(ES.public, 519))


def test_a_mixed_fleet() -> None:
    for signer in (ES, SM):
        contract.check_signer(signer, BOTH, signer.alg)
        contract.check_refusals(signer, BOTH)
        contract.check_envelope(signer, BOTH)
        payload = cose.open1(cose.sign1(b"\x01", signer), BOTH)
        assert payload == b"\x01"
    with pytest.raises(BadSignature, match="not known here"):
        cose.open1(cose.sign1(b"\x01", OTHER), BOTH)


def test_keys_that_are_none_are_refused() -> None:
    for public in (b"", SM.public[:-1], contract.flipped(ES.public, 519), bytes(65)):
        with pytest.raises(BadSignature):
            Es256Verifier([public])
    for d in (0, 1 << 256):
        with pytest.raises(ValueError):
            Es256Signer(d)


@given(st.binary(max_size=64), st.binary(min_size=64, max_size=64))
@settings(deadline=None)
def test_random_signatures_are_refused(message: bytes, signature: bytes) -> None:
    assert contract.refused(BOTH, ES.alg, ES.kid, message, signature)
    # Good for one algorithm, shown under the other, with either key's id.
    good = ES.sign(message)
    for alg, kid in ((SM.alg, ES.kid), (ES.alg, SM.kid), (SM.alg, SM.kid)):
        assert contract.refused(BOTH, alg, kid, message, good)


def test_a_signature_has_one_form() -> None:
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for number in range(20):
        message = b"message %d" % number
        signature = ES.sign(message)
        s = int.from_bytes(signature[32:], "big")
        assert s <= n // 2
        other = signature[:32] + (n - s).to_bytes(32, "big")
        assert contract.refused(ONLY_ES, ES.alg, ES.kid, message, other)


def test_the_openssl_command_agrees(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("es256")
    head = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
    (folder / "public.der").write_bytes(head + ES.public)
    message, signature = b"message", ES.sign(b"message")
    (folder / "digest").write_bytes(hashlib.sha256(message).digest())
    numbers = b""
    for half in (signature[:32], signature[32:]):
        half = half.lstrip(b"\0")
        half = b"\0" + half if half[0] & 0x80 else half
        numbers += bytes((2, len(half))) + half
    (folder / "signature").write_bytes(bytes((0x30, len(numbers))) + numbers)
    said = openssl(folder, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                   "public.der", "-in", "digest", "-sigfile", "signature")  # fmt: skip
    assert "Verified Successfully" in said

"""What every Signer, Verifier and Entropy does, as checks that run against any of them."""

from agent.errors import BadFrame, BadSignature
from agent.protocols import cose

MESSAGES = (b"", b"\x00", b"message digest", bytes(range(256)) * 4)


def refused(verifier, alg, kid, message, signature):
    """Whether the verifier raises BadSignature; any other exception passes on."""
    try:
        verifier.verify(alg, kid, message, signature)
    except BadSignature:
        return True
    return False


def flipped(data, bit):
    """data with one bit changed."""
    altered = bytearray(data)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


def check_signer(signer, verifier, alg=cose.ALG_SM2_SM3):
    """What it signs is 64 bytes, fits, and fits nothing else. verifier trusts signer."""
    assert signer.alg == alg
    assert isinstance(signer.kid, bytes) and len(signer.kid) == cose.KID_SIZE
    for message in MESSAGES:
        signature = signer.sign(message)
        assert isinstance(signature, bytes) and len(signature) == cose.SIGNATURE_SIZE
        assert verifier.verify(signer.alg, signer.kid, message, signature) is None
        assert refused(verifier, signer.alg, signer.kid, message + b"\x00", signature)
    for at in (0, 1030, 2047):
        assert refused(verifier, signer.alg, signer.kid, flipped(MESSAGES[-1], at), signature)
    for at in (0, 200, 255, 256, 300, 511):
        assert refused(verifier, signer.alg, signer.kid, MESSAGES[-1], flipped(signature, at))


def check_refusals(signer, verifier):
    """Another algorithm, another key's id, and what is no signature at all."""
    message = b"message digest"
    signature = signer.sign(message)
    other = cose.ALG_ES256 if signer.alg == cose.ALG_SM2_SM3 else cose.ALG_SM2_SM3
    for alg in (other, 0, -signer.alg):
        assert refused(verifier, alg, signer.kid, message, signature), alg
    for kid in (b"", bytes(8), signer.kid[:7], signer.kid + b"\x00", flipped(signer.kid, 63)):
        assert refused(verifier, signer.alg, kid, message, signature), kid
    longer = signature[:32] + b"\x00" + signature[32:]  # the same numbers, not in 64 bytes
    nothing = (b"", signature[:63], signature + b"\x00", longer, bytes(64), b"\xff" * 64)
    halves = (
        signature[32:] + signature[:32],
        signature[:32] + bytes(32),
        bytes(32) + signature[:32],
    )
    for wrong in nothing + halves:
        assert refused(verifier, signer.alg, signer.kid, message, wrong), wrong


def check_strangers(signer, stranger, both, only_first):
    """Two keys: each is told from the other. both trusts both of them, only_first the signer."""
    message = b"message digest"
    mine, other = signer.sign(message), stranger.sign(message)
    assert signer.kid != stranger.kid
    both.verify(signer.alg, signer.kid, message, mine)
    both.verify(stranger.alg, stranger.kid, message, other)
    for verifier in (both, only_first):
        assert refused(verifier, signer.alg, signer.kid, message, other)
        assert refused(verifier, signer.alg, stranger.kid, message, mine)
    assert refused(only_first, stranger.alg, stranger.kid, message, other)


def check_trust(signer, public, verifier, bad=None):
    """Keys come and go, as the platform's do. verifier trusts nobody; public: the signer's key;
    bad: one that is no point of the curve."""
    signature = signer.sign(b"m")
    for _ in range(2):
        assert not verifier.trusts(signer.kid)
        assert refused(verifier, signer.alg, signer.kid, b"m", signature)
        verifier.trust(public)
        verifier.trust(public)
        assert verifier.trusts(signer.kid)
        verifier.verify(signer.alg, signer.kid, b"m", signature)
        verifier.forget(signer.kid)
        verifier.forget(signer.kid)
    if bad is not None:
        try:
            verifier.trust(bad)
        except BadSignature:
            return
        raise AssertionError("trusted")


def check_envelope(signer, verifier):
    """A COSE_Sign1 gives back its payload, or with any bit of it changed nothing at all."""
    payload = b"\xa1\x01\x02"
    data = cose.sign1(payload, signer)
    assert cose.open1(data, verifier) == payload
    # Every byte of the headers and the payload; of the signature, which costs most, a few.
    bits = [at * 8 + at % 8 for at in range(len(data) - 64)]
    bits.extend([(len(data) - at) * 8 - 1 for at in (64, 32, 1)])
    for bit in bits:
        try:
            cose.open1(flipped(data, bit), verifier)
        except (BadFrame, BadSignature):
            continue
        raise AssertionError("bit %d changed, and it passed" % bit)


def check_entropy(entropy):
    """As many bytes as asked for, and never the same ones."""
    for size in (0, 1, 2, 32, 100):
        data = entropy.take(size)
        assert isinstance(data, bytes) and len(data) == size
    assert len({entropy.take(16) for _ in range(100)}) == 100
    # Every bit is at times set and at times not.
    ones = zeros = 0
    for byte in entropy.take(64):
        ones |= byte
        zeros |= ~byte & 0xFF
    assert ones == zeros == 0xFF

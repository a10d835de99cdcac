"""AES-CCM-16-64-128: RFC 3610 with a length of 2 bytes and a tag of 8; COSE algorithm 10 (RFC 9053,
section 4.2).

The block cipher comes from outside (``cryptolib`` on a board): ``block`` is a function that
encrypts 16 bytes under the key.
"""

from agent.errors import BadSignature

NONCE_SIZE = 13
TAG_SIZE = 8
_MAX = (1 << 16) - 1  # bytes of one message


def seal(block, nonce, plain, aad) -> bytes:
    """Ciphertext and tag of plain (up to 65,535 bytes). A nonce must never come twice."""
    tag = _tag(block, nonce, plain, aad)
    return _counter(block, nonce, plain) + _masked(block, nonce, tag)


def unseal(block, nonce, data, aad) -> bytes:
    """The plaintext. BadSignature unless data was sealed with this key, nonce and aad."""
    if len(data) < TAG_SIZE:
        raise BadSignature("a ciphertext that is shorter than its tag")
    plain = _counter(block, nonce, data[:-TAG_SIZE])
    want = _masked(block, nonce, _tag(block, nonce, plain, aad))
    wrong = 0
    for index in range(TAG_SIZE):  # every byte is looked at, whichever is wrong
        wrong |= want[index] ^ data[index - TAG_SIZE]
    if wrong:
        raise BadSignature("a ciphertext that does not fit its tag: forged, or changed on the way")
    return plain


def _tag(block, nonce, plain, aad):
    """The CBC-MAC (RFC 3610, 2.2), 16 bytes of which the first 8 are used."""
    if len(nonce) != NONCE_SIZE or len(plain) > _MAX or len(aad) >= 0xFF00:
        raise ValueError("a nonce, message or data of a size that CCM does not take")
    flags = (0x40 if aad else 0) | (TAG_SIZE - 2) // 2 << 3 | 1
    state = block(bytes((flags,)) + nonce + len(plain).to_bytes(2, "big"))
    if aad:
        state = _chain(block, state, len(aad).to_bytes(2, "big") + aad)
    return _chain(block, state, plain)


def _chain(block, state, data):
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        mixed = int.from_bytes(part, "big") << 8 * (16 - len(part))
        mixed ^= int.from_bytes(state, "big")
        state = block(mixed.to_bytes(16, "big"))
    return state


def _counter(block, nonce, data):
    """data combined with the key stream from counter 1 on."""
    out = bytearray(len(data))
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        stream = block(_a(nonce, at // 16 + 1))[: len(part)]
        mixed = int.from_bytes(part, "big") ^ int.from_bytes(stream, "big")
        out[at : at + len(part)] = mixed.to_bytes(len(part), "big")
    return bytes(out)


def _masked(block, nonce, tag):
    mixed = int.from_bytes(tag, "big") ^ int.from_bytes(block(_a(nonce, 0)), "big")
    return mixed.to_bytes(16, "big")[:TAG_SIZE]


def _a(nonce, counter):
    return b"\x01" + nonce + counter.to_bytes(2, "big")

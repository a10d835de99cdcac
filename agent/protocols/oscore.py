"""OSCORE (RFC 8613) as a client: requests are sealed end to end, responses are proven.

The security context is pre-established (a master secret of 16 bytes, section 3.1), the algorithms
are the mandatory ones: AES-CCM-16-64-128 and HKDF with SHA-256. A gateway or an address that
changes on the way changes nothing: the context is known by its ids.
"""

import hashlib

from agent.errors import BadFrame, BadSignature
from agent.protocols import aes_ccm, cbor, coap

OPTION = 9  # the OSCORE option (section 2)
ECHO = 252  # RFC 9175: what a server that lost its memory asks to be repeated (B.1.2)
_ALGORITHM = 10  # AES-CCM-16-64-128
_OUTER = (coap.URI_HOST, 7, 35, 39)  # class U (4.1.2): host, port, and what is for proxies
_MAX_SEQUENCE = (1 << 40) - 1  # 7.2.1


class Context:
    """One security context with a server. ``aes(key)`` gives the function that encrypts 16 bytes.

    ``sequence`` has ``take()``, which never gives a number twice, also after a power cut.
    """

    def __init__(self, secret, salt, sender, recipient, aes, sequence, id_context=None):
        if len(sender) > 7 or len(recipient) > 7:
            raise ValueError("an id of more than 7 bytes")
        self.sender = sender
        self.id_context = id_context
        self.sequence = sequence
        extracted = _hmac(salt or bytes(32), secret)
        self.sender_key = self._derive(extracted, sender, "Key", 16)
        self.recipient_key = self._derive(extracted, recipient, "Key", 16)
        self.common_iv = self._derive(extracted, b"", "IV", aes_ccm.NONCE_SIZE)
        self._seal = aes(self.sender_key)
        self._unseal = aes(self.recipient_key)
        self._recipient = recipient
        self.echo = b""

    def protect(self, code, options, payload):
        """(outer options, payload, what the response is bound to) of a request."""
        number = self.sequence.take()
        if number > _MAX_SEQUENCE:
            raise ValueError("the sequence numbers of this security context are used up")
        piv = number.to_bytes(max(1, (_bits(number) + 7) // 8), "big")
        inner = [part for part in options if part[0] not in _OUTER]
        if self.echo:
            inner = _with(inner, ECHO, self.echo)
        plain = bytes((code,)) + coap.encode_options(inner)
        if payload:
            plain += b"\xff" + payload
        nonce = self.nonce(piv, self.sender)
        aad = _aad(self.sender, piv)
        outer = [part for part in options if part[0] in _OUTER]
        outer = _with(outer, OPTION, self._option(piv))
        return outer, aes_ccm.seal(self._seal, nonce, plain, aad), (nonce, aad)

    def unprotect(self, bound, options, payload):
        """(code, options, payload) of the response to a request. BadSignature for what the server
        did not send to it, BadFrame for what is no OSCORE response."""
        value = _only(options)
        if value is None:
            raise BadSignature("a response that is not protected")
        nonce, aad = bound
        if value:
            size = value[0] & 7
            if value[0] & 0xE0 or size > 5 or len(value) < 1 + size:
                raise BadFrame("an OSCORE option that is reserved")
            if size:
                nonce = self.nonce(value[1 : 1 + size], self._recipient)
        plain = aes_ccm.unseal(self._unseal, nonce, payload, aad)
        if not plain:
            raise BadFrame("an OSCORE message without a code")
        inner, at = coap.decode_options(plain, 1)
        self.echo = b""
        for number, text in inner:
            if number == ECHO and len(text) <= 40:
                self.echo = text  # goes with the next request
        return plain[0], inner, bytes(plain[at:])

    def nonce(self, piv, sender) -> bytes:
        """The nonce of a partial IV and the id of who chose it (section 5.2)."""
        size = aes_ccm.NONCE_SIZE
        padded = bytes((len(sender),)) + bytes(size - 6 - len(sender)) + sender
        padded += bytes(5 - len(piv)) + piv
        mixed = int.from_bytes(padded, "big") ^ int.from_bytes(self.common_iv, "big")
        return mixed.to_bytes(size, "big")

    def _derive(self, extracted, name, kind, size):
        """HKDF-Expand (RFC 5869) of one block, with the info of section 3.2.1."""
        info = cbor.encode([name, self.id_context, _ALGORITHM, kind, size])
        return _hmac(extracted, info + b"\x01")[:size]

    def _option(self, piv):
        """The value of the option of a request (section 6.1): the key id is always in it."""
        flags = len(piv) | 8
        if self.id_context is None:
            return bytes((flags,)) + piv + self.sender
        head = bytes((flags | 16,)) + piv + bytes((len(self.id_context),))
        return head + self.id_context + self.sender


def _aad(kid, piv):
    """The Enc_structure (section 5.4) of a request and its response."""
    external = cbor.encode([1, [_ALGORITHM], kid, piv, b""])
    return cbor.encode(["Encrypt0", b"", external])


def _only(options):
    found = [value for number, value in options if number == OPTION]
    return found[0] if len(found) == 1 else None


def _with(options, number, value):
    """Options with one more in its place. The order of equal numbers (a path's parts) stays."""
    before = [part for part in options if part[0] <= number]
    return before + [(number, value)] + [part for part in options if part[0] > number]


def _bits(number):
    count = 0
    while number >> count:
        count += 1
    return count


def _hmac(key, message):
    """HMAC with SHA-256 (RFC 2104), for keys of up to 64 bytes."""
    key = key + bytes(64 - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return outer.digest()

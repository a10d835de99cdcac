"""CBOR (RFC 8949), the deterministic subset that frames use: integers, bytes, text, arrays, maps,
tags, true, false, null.

Maps are encoded with their keys in ascending order of the encoded key, whatever the order of the
dict. No floats, no indefinite lengths. ``decode`` bounds every length before it allocates.
"""

from agent.errors import BadFrame

MAX_DEPTH = 8


class Tag:
    """A tagged value: ``Tag(18, [...])``."""

    def __init__(self, number, value):
        self.number = number
        self.value = value


def _head(out, major, number):
    if number < 24:
        out.append(major << 5 | number)
        return
    size = 1 if number < 1 << 8 else 2 if number < 1 << 16 else 4 if number < 1 << 32 else 8
    if number >= 1 << 64:
        raise ValueError("an integer of more than 64 bits")
    out.append(major << 5 | (24 if size == 1 else 25 if size == 2 else 26 if size == 4 else 27))
    out.extend(number.to_bytes(size, "big"))


def _encode(out, value, depth):
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if value is True:
        out.append(0xF5)
    elif value is False:
        out.append(0xF4)
    elif value is None:
        out.append(0xF6)
    elif isinstance(value, int):
        if value >= 0:
            _head(out, 0, value)
        else:
            _head(out, 1, -1 - value)
    elif isinstance(value, (bytes, bytearray)):
        _head(out, 2, len(value))
        out.extend(value)
    elif isinstance(value, str):
        data = value.encode()
        _head(out, 3, len(data))
        out.extend(data)
    elif isinstance(value, (list, tuple)):
        _head(out, 4, len(value))
        for item in value:
            _encode(out, item, depth + 1)
    elif isinstance(value, dict):
        _head(out, 5, len(value))
        for key, item in sorted([(encode(key), value[key]) for key in value], key=_first):
            out.extend(key)
            _encode(out, item, depth + 1)
    elif isinstance(value, Tag):
        _head(out, 6, value.number)
        _encode(out, value.value, depth + 1)
    else:
        raise ValueError("no CBOR form")


def _first(pair):
    return pair[0]


def encode(value) -> bytes:
    """The one deterministic encoding of value. ValueError for what the subset has no form for."""
    out = bytearray()
    _encode(out, value, 0)
    return bytes(out)


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        end = self.at + size
        if end > len(self.data):
            raise BadFrame("CBOR ends too early")
        part = self.data[self.at : end]
        self.at = end
        return part

    def head(self):
        first = self.take(1)[0]
        low = first & 31
        if low < 24:
            return first >> 5, low
        if low > 27:
            raise BadFrame("CBOR with an indefinite or reserved length")
        size = 1 << (low - 24)
        number = int.from_bytes(self.take(size), "big")
        if number < (24 if size == 1 else 1 << (size * 4)):
            raise BadFrame("CBOR that is not in its shortest form")
        return first >> 5, number

    def value(self, depth):
        if depth > MAX_DEPTH:
            raise BadFrame("CBOR nested too deeply")
        major, number = self.head()
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return bytes(self.take(number))
        if major == 3:
            try:
                return str(bytes(self.take(number)), "utf-8")
            except ValueError:
                raise BadFrame("CBOR text that is no UTF-8")
        if major == 4:
            self._bound(number)
            return [self.value(depth + 1) for _ in range(number)]
        if major == 5:
            return self._map(number, depth)
        if major == 6:
            return Tag(number, self.value(depth + 1))
        if number in (20, 21, 22):
            return (False, True, None)[number - 20]
        raise BadFrame("CBOR with a float or an unknown simple value")

    def _bound(self, number):
        if number > len(self.data) - self.at:
            raise BadFrame("CBOR with a length beyond its end")

    def _map(self, number, depth):
        self._bound(number * 2)
        result = {}
        before = b""
        for _ in range(number):
            at = self.at
            key = self.value(depth + 1)
            encoded = bytes(self.data[at : self.at])
            if encoded <= before or isinstance(key, (list, dict, Tag)):
                raise BadFrame("CBOR map whose keys are repeated, out of order or no scalars")
            before = encoded
            result[key] = self.value(depth + 1)
        return result


def decode(data):
    """The value of exactly these bytes. BadFrame for anything else, never another exception."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise BadFrame("bytes after the end of CBOR")
    return value


def decode_first(data):
    """(value, size) of the first item of a CBOR sequence (RFC 8742)."""
    reader = _Reader(data)
    return reader.value(0), reader.at

"""A board's key for TLS: P-256 by the vectors of RFC 6979, A.2.5, and its file."""

import os

from board import tls_key

X = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
PUBLIC = (
    "04"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SIGNED = {
    b"sample": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    b"test": "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
}
FILE = "tls-key-test.der"


def _with_file(data, do, *arguments):
    with open(FILE, "wb") as file:
        file.write(data)
    try:
        return do(*arguments)
    finally:
        os.remove(FILE)


def test_vectors():
    assert tls_key.public(X).hex() == PUBLIC
    for message in SIGNED:
        signature = _with_file(tls_key.packed(X), tls_key.sign, message, FILE)
        assert signature.hex() == SIGNED[message]


def test_the_smallest_and_the_largest_key():
    x, y = tls_key.G[:2]
    for key, expected in ((1, y), (tls_key.N - 1, tls_key.P - y)):
        assert tls_key.public(key) == b"\x04" + x.to_bytes(32, "big") + expected.to_bytes(32, "big")


def test_a_key_is_made_once():
    assert tls_key.load(FILE) is None
    try:
        public = tls_key.make(FILE)
        assert len(public) == 65 and public[0] == 4
        assert tls_key.make(FILE) == public == tls_key.public(tls_key.load(FILE))
    finally:
        os.remove(FILE)


def test_a_damaged_file_is_no_key():
    good = tls_key.packed(X)
    zero = tls_key.packed(0)
    for data in (b"", good[:-1], good + b"\x00", b"\x31" + good[1:], zero, bytes(len(good))):
        try:
            _with_file(data, tls_key.load, FILE)
            raise AssertionError("a damaged file passed")
        except ValueError:
            pass

"""CBOR: the examples of RFC 8949, appendix A, that lie in the subset; and what must be refused."""

from agent.errors import BadFrame
from agent.protocols import cbor

EXAMPLES = (
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-1000, "3903e7"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("ü", "62c3bc"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
)


def refused(data):
    try:
        cbor.decode(bytes.fromhex(data))
    except BadFrame:
        return True
    return False


def test_the_rfcs_examples_both_ways():
    for value, expected in EXAMPLES:
        assert cbor.encode(value).hex() == expected, expected
        assert cbor.decode(bytes.fromhex(expected)) == value, expected


def test_maps_are_ordered_by_their_encoded_keys():
    assert cbor.encode({10: 1, -1: 2, 1: 3}).hex() == "a301030a012002"


def test_what_is_outside_the_subset_is_refused():
    refusals = (
        "",  # nothing
        "18",  # cut off
        "1817",  # not the shortest form
        "f97e00",  # a float
        "5f42010243030405ff",  # indefinite length
        "0000",  # bytes after the end
        "a201020103",  # a repeated key
        "a202010102",  # keys out of order
        "9bffffffffffffffff",  # a length beyond all memory
        "bbffffffffffffffff",
        "5bffffffffffffffff",
        "62c328",  # text that is no UTF-8
        "81" * 12 + "00",  # nested too deeply
    )
    for data in refusals:
        assert refused(data), data

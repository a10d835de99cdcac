"""The code for boards on the checked words of a 32-bit machine: no register overflows, no pointer
leaves its buffer, and the results are those of plain integers."""

from array import array
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.protocols import sm2_comb, sm2_plain, sm2_sign, sm2_viper, sm3, sm3_viper, viper
from agent.protocols.sm2_curve import GX, GY, P
from agent.protocols.viper import Int, Ptr8, Ptr16, Ptr32, Uint, Wrapping
from provisioning import board_image, sm2_table

R = 1 << 256
# What carries farthest, and what is congruent to small numbers.
EDGES = (0, 1, P - 1, P, P + 1, R - 1, R - P, R >> 1, int.from_bytes(b"\xff\xff\0\0" * 8, "big"))
numbers = st.sampled_from(EDGES) | st.integers(0, R - 1)
room = array("H", bytes(80))


def test_words_that_do_not_fit_are_refused() -> None:
    assert Int(2**31 - 1) - 1 == 2**31 - 2 and Uint(2**32 - 2) + 1 == 2**32 - 1
    assert Int(-5) >> 1 == -3 and Uint(Int(-5)) >> 28 == 15
    for overflow in (
        lambda: Int(2**31 - 1) + 1,
        lambda: Int(-(2**31)) - 1,
        lambda: Int(1 << 16) * (1 << 15),
        lambda: Int(1) << 31,
        lambda: Uint(2**32 - 1) + 1,
        lambda: Uint(0) - 1,
        lambda: 1 + Int(2**31 - 1),
    ):
        with pytest.raises(OverflowError):
            overflow()
    with Wrapping(32):
        assert Int(2**31 - 1) + 1 == -(2**31) and Uint(0) - 1 == 2**32 - 1
    with Wrapping(64):
        assert Uint(2**32 - 1) + 1 == 2**32


def test_pointers_stay_in_their_buffer() -> None:
    memory = bytearray(8)
    words = Ptr16(memory)
    words[3] = 0x12345
    assert memory == bytes(6) + b"\x45\x23" and words[3] == 0x2345
    assert Ptr32(memory)[1] == 0x23450000 and Ptr8(Ptr16(Uint(words) + 6))[1] == 0x23
    for outside in (lambda: words[4], lambda: words[-1], lambda: Ptr32(Uint(words) + 5)[0]):
        with pytest.raises(IndexError):
            outside()
    with pytest.raises(IndexError):
        Ptr8(memory)[8] = 1


@given(numbers, numbers)
@settings(max_examples=150, deadline=None)
def test_products_and_squares(a: int, b: int) -> None:
    left, right, result = sm2_viper._new(a), sm2_viper._new(b), sm2_viper._new()
    sm2_viper.multiply(0, room, result, left, right)
    assert sm2_viper._value(result) * R % P == a * b % P
    sm2_viper.multiply(0, room, left, left, left)
    assert sm2_viper._value(left) * R % P == a * a % P


@given(numbers, numbers, st.integers(-8, 8), st.integers(-8, 8))
@settings(max_examples=150, deadline=None)
def test_blends(a: int, b: int, m: int, n: int) -> None:
    left, right = sm2_viper._new(a), sm2_viper._new(b)
    sm2_viper.blend(0, left, left, m, right, n)
    assert sm2_viper._value(left) % P == (m * a + n * b) % P


def test_one_multiplication_by_the_largest_table() -> None:
    # An even k, which is replaced by n - k.
    k = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC20
    comb = sm2_comb.comb((GX, GY), *sm2_comb.TABLES[16])
    assert sm2_viper.total([(k, comb)]) == sm2_plain.total([(k, comb)])


def test_points_added_and_doubled() -> None:
    twice = sm2_plain.doubled((GX, GY), 1)
    assert sm2_viper.doubled((GX, GY), 2) == sm2_plain.doubled((GX, GY), 2)
    assert sm2_viper.plus((GX, GY), twice) == sm2_plain.plus((GX, GY), twice)
    # Machine code leaves a point and itself, or its negative, to plain integers.
    assert sm2_viper.plus((GX, GY), (GX, GY)) is None
    assert sm2_viper.plus((GX, GY), (GX, P - GY)) is None
    assert sm2_plain.plus((GX, GY), (GX, GY)) == twice
    assert sm2_plain.plus((GX, GY), (GX, P - GY)) is None


def test_every_scalar_takes_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Field operations, their order and the numbers that they work on, not what these hold."""
    comb = sm2_comb.comb((GX, GY), 5, 1)
    steps: list[tuple[str, tuple[int, ...]]] = []

    def counted(name: str) -> None:
        def step(*arguments: Any) -> None:
            places = [id(part) for part in arguments if isinstance(part, array)]
            steps.append((name, tuple(places)))

        monkeypatch.setattr(sm2_viper, name, step)

    for name in ("multiply", "blend", "fetch"):
        counted(name)
    monkeypatch.setattr(sm2_viper, "_value", lambda number: 1)
    seen = set()
    for k in (1, 2, 3, 1 << 255, (1 << 255) - 1, sm2_sign.N - 1, sm2_sign.N // 3):
        steps.clear()
        sm2_viper.total([(k, comb)])
        seen.add(tuple(steps))
    assert len(seen) == 1 and len(steps) > 1500


@pytest.fixture(params=[32, 64])
def words(request: pytest.FixtureRequest) -> Iterator[None]:
    with Wrapping(request.param):
        yield


@pytest.mark.usefixtures("words")
def test_sm3_on_words_of_32_and_of_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sm3.begin is not sm3.plain_begin, "hashlib has SM3 here"
    for compress in (sm3._compress, sm3_viper.compress):
        monkeypatch.setattr(sm3, "_compress", compress)
        for size in (0, 3, 55, 56, 64, 119, 200):
            data = bytes(range(size))
            assert sm3.plain_finish(sm3.plain_begin(b""), 0, data) == sm3.digest(data)


def test_plain_integers_are_taken_where_nothing_compiles_viper() -> None:
    assert viper.CHECKED and not sm2_viper.COMPILED and not sm3_viper.COMPILED
    assert sm2_sign.arithmetic is sm2_plain


@pytest.mark.parametrize("kilobytes", sm2_comb.TABLES)
def test_the_table_of_an_image_is_recomputed(kilobytes: int) -> None:
    names: dict[str, Any] = {}
    exec(sm2_table.module(kilobytes), names)
    table, teeth, blocks = names["TABLE"], names["TEETH"], names["BLOCKS"]
    assert len(table) == kilobytes << 10 and (teeth, blocks) == sm2_comb.TABLES[kilobytes]
    span = -(-256 // (teeth * blocks))
    # The exponent of every entry, multiplied out one bit at a time.
    powers = [(GX, GY)]
    while len(powers) < teeth * blocks * span:
        powers.append(sm2_plain.doubled(powers[-1], 1))  # type: ignore[arg-type]
    for number in range(blocks << teeth - 1):
        block, index = divmod(number, 1 << teeth - 1)
        tooth = [powers[(t * blocks + block) * span] for t in range(teeth)]
        point = tooth[-1]
        for t in range(teeth - 1):
            x, y = tooth[t]
            point = sm2_plain.plus(point, (x, y if index >> t & 1 else P - y))  # type: ignore[assignment]
        for at, coordinate in ((0, point[0]), (32, point[1])):
            entry = int.from_bytes(table[64 * number + at : 64 * number + at + 32], "little")
            assert entry == coordinate * R % P


def test_a_table_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="an SM2 table of 3 KB; there are 1, 2, 4, 8, 16"):
        sm2_table.module(3)


MACHINES = ("armv6m", "armv7m", "armv7em", "armv7emsp", "xtensa", "xtensawin", "rv32imc", "x64")


@pytest.mark.parametrize("machine", MACHINES)
def test_it_compiles_for_every_machine(machine: str, tmp_path: Any) -> None:
    for name in ("sm2_viper", "sm3_viper"):
        source = board_image._root() / f"agent/protocols/{name}.py"
        board_image.compile_file(source, tmp_path / "native.mpy", name, machine)
        # The header says for which machine the code is (MicroPython's .mpy format, version 6).
        assert (tmp_path / "native.mpy").read_bytes()[2] >> 2 > 0

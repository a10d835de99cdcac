"""Random bytes into every decoder: only typed errors, and nothing good that is out of range.

Hypothesis looks at each target for a moment; ``make fuzz`` looks for longer, guided by coverage.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import drivers
from agent.drivers.ask import ask
from agent.drivers.driver import Driver
from agent.reading import GOOD, Channel, Reading
from tests.fuzz import targets
from tests.fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_random_bytes_raise_only_typed_errors(name: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=300), st.integers(0, 255), st.integers(0, 255))
    def look(data: bytes, way: int, case: int) -> None:
        TARGETS[name](bytes((way, case)) + data)

    look()


@pytest.mark.parametrize("name", [name for name in TARGETS if name.startswith("driver-")])
def test_replies_with_a_few_changes_raise_only_typed_errors(name: str) -> None:
    known = seeds(name)
    assert known

    @settings(max_examples=60, deadline=None)
    @given(
        st.sampled_from(known),
        st.lists(st.tuples(st.integers(2, 400), st.integers(0, 255)), max_size=4),
        st.integers(0, 1),
    )
    def look(seed: bytes, changes: list[tuple[int, int]], way: int) -> None:
        data = bytearray(seed)
        data[0] = way
        for at, value in changes:
            data[at % len(data)] = value
        TARGETS[name](bytes(data))

    look()


def made_whole(model: str) -> tuple[bytes | None, bytes | None]:
    """(what the targets make whole for a driver's first ask, what it takes of it)."""
    parts = targets.parts_of(model)
    script = drivers.load(model)(parts.CASES[0][0]).read()
    asked = next(script)
    script.close()
    whole = targets.sealed(asked, bytes(20), parts)
    return whole, None if whole is None else asked.open("rtu", 0)[1].feed(whole)


def test_what_is_made_whole_is_taken() -> None:
    """The sealed inputs reach the decoders: else they would prove nothing."""
    found = {model: made_whole(model) for model in drivers.models()}
    # Digits and fields are not found by chance: there the changed replies have to do.
    deaf = {model for model, (_, reply) in found.items() if reply is None}
    assert len(deaf) < len(found) // 10, deaf


class Careless(Driver):
    """Trusts what it gets."""

    model = "careless"
    channels = (Channel("mass", "kg", 0, 0, 100),)

    def read(self):  # type: ignore[no-untyped-def]
        frame = yield ask(b"", 3, b"\x55", lambda frame: True)
        return [Reading("mass", frame[1], 0, "kg", GOOD)]


def test_a_careless_driver_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Parts:
        CASES = (({}, [b"\x55\x01\x00"], [("mass", 1, GOOD)]),)

    monkeypatch.setattr(targets, "parts_of", lambda model: Parts)
    monkeypatch.setattr(targets.drivers, "load", lambda model: Careless)
    careless = targets._driver("careless")
    careless(b"\x00\x00\x00\x03\x55\x63\x00")
    with pytest.raises(targets.Wrong, match="out of range"):
        careless(b"\x00\x00\x00\x03\x55\xff\x00")

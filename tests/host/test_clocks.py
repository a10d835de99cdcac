"""The clock of Linux, and that of a board under MicroPython."""

import ctypes
import time
from typing import Any

import pytest

from agent.linux import clock
from agent.linux.clock import SystemClock
from tests.host.micropython import run
from tests.shared.contracts_clock import CHECKS

TIME_ERROR = 5


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("trust", [False, True])
def test_contract(check: Any, trust: bool) -> None:
    check(SystemClock(trust), lambda ms: time.sleep(ms / 1000))


def test_contract_of_a_board_under_micropython() -> None:
    assert run("tests/shared/clock_board.py") == "ok\n"


def test_the_kernel_tells_whether_its_clock_is_synchronised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The status in the structure agrees with what adjtimex(2) returns: without a PPS source it is
    TIME_ERROR exactly while the clock is not synchronised."""
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(clock._Timex()))
    if state >= 0:
        assert clock._kernel_synchronised() == (state != TIME_ERROR)
    monkeypatch.setattr(clock, "_kernel_synchronised", lambda: False)
    assert SystemClock().utc_ms() is None
    assert SystemClock(trust=True).utc_ms() is not None
    monkeypatch.setattr(clock, "_kernel_synchronised", lambda: True)
    assert SystemClock().utc_ms() is not None


def test_a_clock_that_was_never_set_is_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 946_684_800_000_000_000)
    assert SystemClock(trust=True).utc_ms() is None

"""That a board works: its own tests, and the platform's word."""

import time
from collections.abc import Callable

from provisioning.flashing.repl import NoAnswer, RemoteError, Repl
from provisioning.flashing.words import Failure

_TELL_S = 4.0
Check = dict[str, str]  # name, verdict (pass, fail, skip), text


def selftest(repl: Repl, folder: str, tell: Callable[[Check], None]) -> list[Check]:
    """Have the board test itself, with all of its memory. folder: of the slot. Failure that names
    what failed."""
    checks: list[Check] = []

    def line(text: str) -> None:
        parts = text.split(" ", 3)
        if parts[0] == "check" and len(parts) == 4:
            checks.append(dict(zip(("name", "verdict", "text"), parts[1:], strict=True)))
            tell(checks[-1])

    code = (
        f"import sys; sys.path.insert(0, {folder[:-1]!r})\n"
        f"from board import selftest; selftest.main({folder!r})"
    )
    try:
        repl.hold()
        said = repl.run(code, line, 60)
    except RemoteError as error:
        raise Failure("selftest-failed", what=str(error)) from error
    bad = [f"{check['name']}: {check['text']}" for check in checks if check["verdict"] == "fail"]
    if bad or not said.endswith("check end"):
        raise Failure("selftest-failed", what=bad or "it did not end")
    return checks


def report_in(repl: Repl, seconds: float, tell: Callable[[int, str], None]) -> None:
    """Start the application, and wait until it says that the platform has acknowledged it. tell:
    called every few seconds with those that are left, and what the board complained of last."""
    seen: list[str] = []
    repl.restart()
    told = time.monotonic()
    end = told + seconds
    while time.monotonic() < end:
        try:
            for text in repl.console(end - time.monotonic()):
                if time.monotonic() - told > _TELL_S:
                    told = time.monotonic()
                    tell(max(0, round(end - told)), _complaint(seen))
                seen = [*seen[-200:], text] if text else seen
                if text.startswith("slots: ") and text.endswith("is confirmed"):
                    return
                if text.startswith("slots: back to "):
                    raise Failure("rolled-back", reason=_complaint(seen))
        except NoAnswer:
            repl.close()  # a board with USB of its own comes back as another port
            time.sleep(0.2)
    raise Failure("no-ack", seconds=round(seconds), reason=_complaint(seen))


def _complaint(seen: list[str]) -> str:
    """What the board complained of last."""
    for text in reversed(seen):
        if text.startswith(("uplink: no", "downlink: ", "radio: not", "network: not")):
            return text.partition(": ")[2]
        if "Error" in text:
            return text
    return seen[-1] if seen else "it says nothing"

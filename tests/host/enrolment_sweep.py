"""A run is done again and again, and each time it ends at another of its writes. What is left must
hold; then the same run is done to its end, and all must be as if nothing had happened.
"""

import gc
import io
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.host.enrolment_bench import Desk
from tests.host.enrolment_disk import (
    BYPASSED,
    COMMIT,
    CUT,
    FORGOTTEN,
    KILLED,
    TORN,
    UNFORCED,
    WRITE,
    Disk,
)

_PAGE = 4096  # of the register
_PATIENCE_S = 120
_NAMED = ("rename", "replace", "rmdir", COMMIT)

Cut = tuple[int, str, int]  # at which change, how, limit: as a Disk takes them


@dataclass(frozen=True)
class Run:
    """start: the desk before it; act: the run itself, on a copy; whole: asserts what must hold
    wherever it was cut; done: what must be there when it has come to its end; again: what is done
    after a cut; pages: of a commit, how many may come to the disk, and one less, down to none."""

    start: Desk
    act: Callable[[Desk], object]
    whole: Callable[[Desk], None]
    done: Callable[[Desk], None]
    again: Callable[[Desk], object] | None = None
    pages: int = 16  # more than the register has


@contextmanager
def in_memory(otherwise: Path) -> Iterator[Path]:
    """A place for copies: in memory, where that can be, for SQLite waits for the disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


def sweep(run: Run, place: Path) -> Counter[str]:
    """Cut it everywhere; how many writes there are, and cuts of each form. AssertionError with what
    did not hold, and where. place: for copies of the desk."""
    place.mkdir()
    kinds = _kinds(run, place)
    made = Counter(writes=len(kinds) - 1)
    wrong = []
    for cut in _cuts(kinds, run.pages):
        made[cut[1]] += 1
        try:
            if _try(run, place, cut) == -signal.SIGXFSZ:
                made["within a commit"] += 1
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(f"{cut}, {kinds[cut[0] - 1]}: {error} ({last.name}: {last.line})")
    assert not wrong, f"{len(wrong)} of {made}:\n" + "\n".join(wrong)
    return made


def _try(run: Run, place: Path, cut: Cut) -> int:
    """How the process ended that was cut."""
    desk = run.start.copy(place / "case" / "desk")

    def die() -> None:
        disk = Disk(desk.folder, *cut)
        disk.watch()
        run.act(desk)
        disk.step("end")

    status = _forked(die, place)
    assert status in (CUT, -signal.SIGXFSZ), f"ended with {status}: {_error(place)}"
    run.whole(desk)
    assert _forked(lambda: (run.again or run.act)(desk), place) == 0, _error(place)
    run.done(desk)
    return status


def _cuts(kinds: list[str], pages: int) -> Iterator[Cut]:
    """Where it makes a difference: a fsync is nothing to whoever is only killed, and the power
    takes no more than it did before until something is forced to the disk, or named anew."""
    for at, (before, kind) in enumerate(zip(["", *kinds], kinds, strict=False), 1):
        if before != "fsync":
            yield at, KILLED, 0
        if kind == WRITE:
            yield at, TORN, 0
        elif kind == COMMIT:
            yield from ((at, TORN, page * _PAGE) for page in range(pages))
        if kind not in ("rename", "replace"):
            if before == "fsync" or before in _NAMED:
                yield at, UNFORCED, 0
            if before in ("fsync", COMMIT):
                yield at, FORGOTTEN, 0


def _kinds(run: Run, place: Path) -> list[str]:
    """The changes of a run that is not cut, and its end."""
    desk, found = run.start.copy(place / "case" / "desk"), place / "kinds.json"

    def record() -> None:
        disk = Disk(desk.folder)
        disk.watch()
        run.act(desk)
        found.write_text(json.dumps([*disk.kinds, "end"]), encoding="ascii")

    status = _forked(record, place)
    assert status != BYPASSED, "a write that was not counted"
    assert status == 0, _error(place)
    run.whole(desk)
    run.done(desk)
    kinds: list[str] = json.loads(found.read_text(encoding="ascii"))
    return kinds


def _forked(work: Callable[[], object], place: Path) -> int:
    """The exit status of a process of its own that has all in memory that this one has. What it
    makes may be read by everybody, unless it takes care of that."""
    process = os.fork()
    if not process:
        status = 1
        try:
            gc.disable()  # it would touch, and so copy, all that both share
            os.umask(0)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(_PATIENCE_S)
            sys.stdout = sys.stderr = io.StringIO()
            work()
            status = 0
        except BaseException:
            (place / "error").write_text(traceback.format_exc(), encoding="utf-8")
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _error(place: Path) -> str:
    path = place / "error"
    return "\n".join(path.read_text(encoding="utf-8").splitlines()[-3:]) if path.exists() else ""

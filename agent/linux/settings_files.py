"""Settings of a node that an order brought: applied at a restart, on trial, and taken back.

Beside pole.toml lies ``pole.toml.trial``: what was in force before, what is new, and whose it is.
It is written first, and pole.toml after it; whatever a power cut leaves of the two, the next start
makes one of it. Somebody who edits pole.toml by hand ends the trial: that is what is in force then.

A trial ends well with an acknowledged frame or, where the way to the platform is the same as
before, after ten minutes. It ends badly, and the settings of before are in force again, when they
do not load, when the agent fails under them, at the third start in one boot of the machine without
a good end, and after a day without an acknowledgement over a new way to the platform.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.line_plan import plan
from agent.linux.pole_toml import PoleFile
from agent.linux.whole_files import replace
from agent.protocols import cbor
from agent.settings_order import KEPT, ROLLED_BACK

LIMIT = 65536  # bytes of a pole.toml
MAX_STARTS = 3
GOOD_AFTER_MS = 10 * 60_000
BACK_AFTER_MS = 24 * 3_600_000
_DIGEST = 32
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SettingsFiles:
    """The SettingsStore port of a node, for the pole.toml at path and what it says now."""

    limit = LIMIT

    def __init__(self, path: Path, present: PoleFile) -> None:
        self._path = path
        self._present = present
        self._parts = path.with_name(path.name + ".parts")

    def begun(self, digest: bytes) -> int:
        """How many bytes of the settings with this digest are there already."""
        try:
            data = self._parts.read_bytes()
        except FileNotFoundError:
            return 0
        return len(data) - _DIGEST if data[:_DIGEST] == digest else 0

    def add(self, digest: bytes, offset: int, part: bytes) -> None:
        """Keep a part; one at offset 0 begins anew."""
        data = self._parts.read_bytes() if offset else digest
        replace(self._parts, data + part, 0o600)

    def whole(self) -> bytes:
        """All parts."""
        return self._parts.read_bytes()[_DIGEST:]

    def judge(self, whole: bytes, platform: bool) -> bytes:
        """The hash of these settings. BadSettings with every mistake, as `pole check` finds them,
        and with all that no order may change."""
        try:
            text = whole.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadSettings(["the new settings are no text"]) from None
        found = pole_toml.loads(text, self._path.parent)
        slow = [line.name for line in found.settings.lines if not plan(line).fits]
        wrong = [f"line {name} cannot carry what is asked of it" for name in slow]
        wrong += _not_by_order(self._present, found, platform)
        if wrong:
            raise BadSettings(wrong)
        return bytes(found.settings.hash)

    def change(self, whole: bytes, note: list[Any]) -> None:
        """They apply from the next start on, on trial."""
        former = self._path.read_bytes().decode("utf-8")
        if (earlier := _items(self._path)) is not None and earlier["new"] == former:
            former = earlier["former"]  # what is on trial itself is nothing to fall back to
        new = pole_toml.loads(whole.decode("utf-8-sig"), self._path.parent)
        trial = {
            "former": former,
            "new": whole.decode("utf-8"),
            "note": cbor.encode(note).hex(),
            "new_way": _way(self._present) != _way(new),
            "starts": 0,
            "boot": "",
            "back": "",
        }
        _write(_trial_path(self._path), trial)
        replace(self._path, whole, 0o600)
        self._parts.unlink(missing_ok=True)


class Trial:
    """Settings on trial, or taken back; ``over``: the latter."""

    def __init__(self, path: Path, items: dict[str, Any]) -> None:
        self._path = path
        self._items = items
        self._since: int | None = None
        self._forgotten = False
        self.over = bool(items["back"])

    def back(self, reason: str) -> None:
        """Put the settings of before in force again, from the next start on."""
        self._items["back"] = reason or "for no reason given"
        _write(_trial_path(self._path), self._items)
        replace(self._path, self._items["former"].encode("utf-8"))

    def look(self, now_ms: int, acknowledged: bool) -> list[Any] | None:
        """Called now and then while the agent works. What is to be told (see agent.settings_order),
        once: at the good end of the trial, or after a bad one. acknowledged: whether the platform
        has taken frames since the start. TimeoutError at a bad end."""
        if self._since is None:
            self._since = now_ms
            if self.over:
                return self._told(ROLLED_BACK)
        passed = now_ms - self._since
        if self.over:
            self._forget()  # what was told by now is kept by the journal
        elif acknowledged or (passed >= GOOD_AFTER_MS and not self._items["new_way"]):
            self.over = True
            self._forget()
            return self._told(KEPT)
        elif passed >= BACK_AFTER_MS:
            raise TimeoutError("no acknowledgement within a day")
        return None

    def _forget(self) -> None:
        """Once: the file may be that of a later trial already."""
        if not self._forgotten:
            self._forgotten = True
            _trial_path(self._path).unlink(missing_ok=True)

    def _told(self, outcome: int) -> list[Any]:
        return [outcome, *cbor.decode(bytes.fromhex(self._items["note"])), self._items["back"]]


def restarts(work: Callable[[], bool], trial: Trial | None) -> bool:
    """Do the work of a start; whether to start again. What fails under settings on trial ends
    their trial, and is no error then."""
    try:
        return work()
    except Exception as error:
        if trial is None or trial.over:
            raise
        trial.back(f"{type(error).__name__}: {error}")
        return True


def start_again() -> NoReturn:
    """Become the same command anew."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def load(path: Path) -> tuple[PoleFile, Trial | None]:
    """The settings in force, and their trial if they are on one. As pole_toml.load otherwise."""
    trial = _trial(path)
    if trial is None:
        return pole_toml.load(path), None
    try:
        return pole_toml.load(path), trial
    except BadSettings as error:
        if trial.over:
            raise
        trial.back("; ".join(str(mistake) for mistake in error.mistakes))
        return load(path)


def _trial(path: Path) -> Trial | None:
    """Make one of pole.toml and what lies beside it; count a start under settings on trial."""
    items = _items(path)
    if items is None:
        return None
    former, new = items["former"].encode("utf-8"), items["new"].encode("utf-8")
    present = path.read_bytes()
    wanted = former if items["back"] else new
    if present != wanted:
        if present not in (former, new):
            _trial_path(path).unlink()
            return None
        replace(path, wanted)
    trial = Trial(path, items)
    if not trial.over:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
        items["starts"] = items["starts"] + 1 if items["boot"] == boot else 1
        items["boot"] = boot
        if items["starts"] > MAX_STARTS:
            trial.back(f"{MAX_STARTS} starts, and none of them lasted")
            return Trial(path, items)
        _write(_trial_path(path), items)
    return trial


def _items(path: Path) -> dict[str, Any] | None:
    """What the file of a trial says; None where there is none."""
    try:
        items: dict[str, Any] = json.loads(_trial_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return items if isinstance(items, dict) and {"former", "new", "back"} <= set(items) else None


def _not_by_order(present: PoleFile, new: PoleFile, platform: bool) -> list[str]:
    """What no order may change: who this is and whom it trusts. A technician's may not change the
    way to the platform, either."""
    before, after = present.settings, new.settings
    fixed = (
        ("pole.id", before.pole_id == after.pole_id),
        ("pole.key", present.key == new.key),
        ("signing.algorithm", present.algorithm == new.algorithm),
        ("journal", (present.journal, before.journal_size) == (new.journal, after.journal_size)),
        ("uplink.platform_key", before.platform_key == after.platform_key),
        ("district", _district_key(before) == _district_key(after)),
        ("uplink", platform or _way(present) == _way(new)),
    )
    return [f"{name} is not changed by such an order" for name, same in fixed if not same]


def _way(file: PoleFile) -> tuple[Any, ...]:
    """How the platforms are reached."""
    settings, district = file.settings, file.settings.district
    far = (district.carrier, district.url) if district else None
    secure = (file.tls, file.oscore, file.district_tls, file.district_oscore)
    return (settings.carrier, settings.url, far, *secure)


def _district_key(settings: Any) -> bytes | None:
    return settings.district.platform_key if settings.district else None


def _trial_path(path: Path) -> Path:
    return path.with_name(path.name + ".trial")


def _write(path: Path, items: dict[str, Any]) -> None:
    replace(path, json.dumps(items).encode("utf-8"), 0o600)

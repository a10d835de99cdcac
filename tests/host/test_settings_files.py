"""Settings of a node that an order brought: on trial, kept, taken back; and the power goes anywhere
in between."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.errors import BadSettings
from agent.linux import pole_toml, settings_files
from agent.linux.settings_files import BACK_AFTER_MS, GOOD_AFTER_MS, MAX_STARTS, SettingsFiles
from agent.protocols import sm2
from agent.protocols.sm3 import digest
from agent.settings_order import KEPT, ROLLED_BACK
from tests.host.micropython import ROOT

KEYS = [sm2.public_key(number).hex() for number in (7, 8)]
TEXT = f"""\
[pole]
id = "CD-JJ-0001"

[uplink]
carrier = "coap"
url = "coap://127.0.0.1:9"
platform_key = "{KEYS[0]}"

[[line]]
name = "rs485-1"
port = "/dev/null"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "10s"
mount = "3200 mm"
"""
NEW = TEXT.replace('"10s"', '"20s"')
FAR = TEXT.replace("127.0.0.1", "10.0.0.1")
NOTE: list[Any] = [b"8 before", b"8 after.", 100, "Anna", b"8 octets"]


@pytest.fixture()
def path(tmp_path: Path) -> Path:
    found = tmp_path / "pole.toml"
    found.write_text(TEXT, encoding="utf-8")
    return found


def store(path: Path) -> SettingsFiles:
    return SettingsFiles(path, pole_toml.load(path))


def files(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def test_parts_are_kept_over_a_restart(path: Path) -> None:
    whole = NEW.encode()
    name = digest(whole)
    store(path).add(name, 0, whole[:100])
    assert store(path).begun(name) == 100 and store(path).begun(bytes(32)) == 0
    store(path).add(name, 100, whole[100:])
    assert store(path).whole() == whole
    store(path).add(name, 0, b"anew")
    assert store(path).whole() == b"anew"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CD-JJ-0001", "CD-JJ-0002", "pole.id is not changed"),
        (KEYS[0], KEYS[1], "platform_key is not changed"),
        ('id = "CD', 'key = "other.key"\nid = "CD', "pole.key is not changed"),
        ("[[line]]", '[journal]\nfolder = "elsewhere"\n[[line]]', "journal is not changed"),
        ("[[line]]", '[journal]\nsize = "1 MB"\n[[line]]', "journal is not changed"),
        ("dyp-ultrasonic", "dyp-ultrasonik", "line 15: line.device.driver"),
        ('"10s"', '"10"', "line 17"),
        ("[pole]", "[pole", "line 1: TOML"),
        ('"10s"', '"50ms"', "every"),
    ],
)
def test_what_no_order_may_bring_is_refused_with_its_reason(
    path: Path, old: str, new: str, said: str
) -> None:
    before = files(path)
    with pytest.raises(BadSettings) as error:
        store(path).judge(TEXT.replace(old, new).encode(), True)
    assert said in "; ".join(str(mistake) for mistake in error.value.mistakes)
    assert files(path) == before


def test_a_line_that_cannot_keep_up_is_refused(path: Path) -> None:
    device = TEXT[TEXT.index("[[line.device]]") :].replace('"10s"', '"1s"')
    crowd = TEXT.replace("[[line]]\n", '[[line]]\nmode = "1200 8N1"\n')
    for number in range(2, 12):
        more = device.replace("underpass", f"device {number}")
        crowd += more.replace("address = 1", f"address = {number}")
    with pytest.raises(BadSettings, match="cannot carry"):
        store(path).judge(crowd.encode(), True)


def test_no_text_is_refused(path: Path) -> None:
    with pytest.raises(BadSettings, match="no text"):
        store(path).judge(b"\xff\xfe", True)


def test_where_the_platform_is_only_the_platform_says(path: Path) -> None:
    assert len(store(path).judge(FAR.encode(), True)) == 8
    with pytest.raises(BadSettings, match="uplink is not changed"):
        store(path).judge(FAR.encode(), False)
    assert store(path).judge(NEW.encode(), False) == pole_toml.loads(NEW, path).settings.hash


def test_a_trial_that_is_acknowledged_ends_well(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    found, trial = settings_files.load(path)
    assert trial is not None and found.settings.lines[0].devices[0].every_ms == 20_000
    assert trial.look(0, False) is None
    assert trial.look(1000, True) == [KEPT, *NOTE, ""]
    assert trial.look(2000, True) is None
    assert settings_files.load(path)[1] is None
    assert list(files(path)) == ["pole.toml"] and path.read_text() == NEW


def test_a_trial_over_the_same_way_ends_well_without_network(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    trial = settings_files.load(path)[1]
    assert trial is not None
    assert trial.look(0, False) is None and trial.look(GOOD_AFTER_MS - 1, False) is None
    assert trial.look(GOOD_AFTER_MS, False) == [KEPT, *NOTE, ""]


def test_a_new_way_to_the_platform_must_reach_it(path: Path) -> None:
    store(path).change(FAR.encode(), NOTE)
    trial = settings_files.load(path)[1]
    assert trial is not None
    assert trial.look(0, False) is None and trial.look(BACK_AFTER_MS - 1, False) is None
    with pytest.raises(TimeoutError):
        trial.look(BACK_AFTER_MS, False)


def taken_back(path: Path, reason: str) -> None:
    """The settings of before are in force, and that is told once."""
    found, trial = settings_files.load(path)
    assert trial is not None and trial.over
    told = trial.look(0, True)
    assert told is not None and told[:6] == [ROLLED_BACK, *NOTE] and reason in told[6]
    assert path.read_text() == TEXT and found.settings.lines[0].devices[0].every_ms == 10_000
    assert trial.look(0, True) is None
    assert settings_files.load(path)[1] is None and list(files(path)) == ["pole.toml"]


def test_settings_that_do_not_load_are_taken_back(path: Path) -> None:
    bad = NEW.replace("dyp-ultrasonic", "gone")
    items = store(path)
    items.change(NEW.encode(), NOTE)
    trial = path.with_name("pole.toml.trial")
    trial.write_text(trial.read_text().replace("dyp-ultrasonic", "gone", 2))
    written = trial.read_text()
    first = written.index('"former"')
    assert first < written.index("gone")
    trial.write_text(written.replace("gone", "dyp-ultrasonic", 1))
    path.write_text(bad)
    taken_back(path, "no driver")


def test_an_agent_that_fails_under_them_takes_them_back(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    trial = settings_files.load(path)[1]

    def work() -> bool:
        raise KeyError("port")

    assert settings_files.restarts(work, trial)
    taken_back(path, "KeyError")
    with pytest.raises(KeyError):
        settings_files.restarts(work, None)


def test_starts_that_never_last_take_them_back(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    for _ in range(MAX_STARTS):
        trial = settings_files.load(path)[1]
        assert trial is not None and not trial.over
    taken_back(path, "starts")


def test_power_cuts_are_no_starts_that_failed(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store(path).change(NEW.encode(), NOTE)
    for boot in range(5 * MAX_STARTS):
        (tmp_path / "boot").write_text(f"boot {boot}")
        monkeypatch.setattr(settings_files, "_BOOT_ID", tmp_path / "boot")
        trial = settings_files.load(path)[1]
        assert trial is not None and not trial.over


def test_what_is_on_trial_is_nothing_to_fall_back_to(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    assert settings_files.load(path)[1] is not None
    newer = TEXT.replace('"10s"', '"40s"')
    store(path).change(newer.encode(), NOTE)
    trial = settings_files.load(path)[1]
    assert trial is not None and path.read_text() == newer
    trial.back("a reason")
    taken_back(path, "a reason")


def test_a_trial_that_is_over_leaves_the_next_one_alone(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    first = settings_files.load(path)[1]
    assert first is not None
    first.look(0, True)
    assert first.look(1, True) is not None or first.over
    store(path).change(TEXT.replace('"10s"', '"40s"').encode(), NOTE)
    for now in range(2, 5):
        first.look(now, True)
    second = settings_files.load(path)[1]
    assert second is not None and not second.over


def test_who_edits_by_hand_has_the_last_word(path: Path) -> None:
    store(path).change(NEW.encode(), NOTE)
    path.write_text(TEXT.replace('"10s"', '"30s"'))
    found, trial = settings_files.load(path)
    assert trial is None and found.settings.lines[0].devices[0].every_ms == 30_000
    assert list(files(path)) == ["pole.toml"]


class PowerCut(BaseException):
    """No program sees it coming."""


@pytest.mark.parametrize("action", ["change", "back", "load"])
def test_a_power_cut_leaves_the_old_settings_or_the_new(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut before each call that reaches the disk, in turn, until nothing is left to cut."""
    seen = set()
    for cut in range(100):
        folder = tmp_path / str(cut)
        folder.mkdir()
        path = folder / "pole.toml"
        path.write_text(TEXT, encoding="utf-8")
        if action != "change":
            store(path).change(NEW.encode(), NOTE)
        trial = settings_files.load(path)[1] if action == "back" else None
        calls = 0

        def counted(real: Any) -> Any:
            def call(*arguments: Any, **more: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls > cut:  # noqa: B023
                    raise PowerCut
                return real(*arguments, **more)

            return call

        with monkeypatch.context() as patch:
            for name in ("replace", "fsync", "open", "unlink"):
                patch.setattr(os, name, counted(getattr(os, name)))
            try:
                if action == "change":
                    store(path).change(NEW.encode(), NOTE)
                elif trial is not None:
                    trial.back("a cut")
                else:
                    settings_files.load(path)
                finished = True
            except PowerCut:
                finished = False
        found, after = settings_files.load(path)
        every = found.settings.lines[0].devices[0].every_ms
        assert every in (10_000, 20_000)
        if action == "change":
            assert (after is not None) == (every == 20_000), "new settings are on trial"
        if action == "back" and every == 10_000:
            assert after is not None and after.over
        if action == "load":
            assert every == 20_000 and after is not None
        seen.add(every)
        if finished:
            assert every == (10_000 if action == "back" else 20_000)
            break
    assert seen == ({20_000} if action == "load" else {10_000, 20_000})


def test_a_start_that_fails_is_taken_back_by_the_command_itself(path: Path) -> None:
    """A port that is nobody's to open: the agent fails, starts again, and works as before."""
    (path.parent / "journal").mkdir()
    port = NEW.replace("/dev/null", "tcp://[")
    store(path).change(port.encode(), NOTE)
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.cli.main", "run", "--settings", str(path)],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=path.parent,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "again" in line:
                break
        assert "starts again, with other settings" in said[-1], said
        for line in process.stderr:
            said.append(line)
            if "run: pole CD-JJ-0001" in line:
                break
        assert path.read_text() == TEXT
    finally:
        process.kill()
        process.wait()

"""`pole order` through a running `pole run` and `pole platform`: commands, settings, a technician,
and the platform's next key."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import frame, frame_reader
from agent.cli.main import main
from agent.linux import keys, pole_toml
from agent.protocols import cose, sm2
from agent.settings_order import KEPT, REFUSED, ROLLED_BACK, TAKEN
from provisioning.registry import RegisteredDevice, Registry
from simulators.free_port import free_port
from simulators.platform.store import Store
from tests.host import authority_case
from tests.host.micropython import ROOT
from tests.host.test_node import SETTINGS, World, until
from tests.host.unwrapped import unwrapped

POLE = "CD-JJ-0001"


class Street(World):
    """A node and a platform, each a process of its own, as people run them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.device = keys.load_or_create(folder / "device.key")
        self.data = folder / "platform"
        self.data.mkdir()
        self.key = keys.load_or_create(self.data / "platform.key")
        self.registry = folder / "registry.json"
        Registry([RegisteredDevice(POLE, "Jinjiang", [sm2.public_key(self.device)])]).save(
            self.registry
        )
        self.settings = folder / "pole.toml"
        self.text = SETTINGS.format(
            carrier="coap", url=f"coap://127.0.0.1:{self.coap}", modbus=self.modbus,
            key=sm2.public_key(self.key).hex(),
        )  # fmt: skip
        self.settings.write_text(self.text, encoding="utf-8")
        self.said = folder / "said"

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        with open(self.said, "ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli.main", *words], cwd=self.folder,
                stdout=subprocess.DEVNULL, stderr=said,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        self.processes.append(process)
        return process

    def platform_process(self) -> subprocess.Popen[bytes]:
        return self.command(
            "platform", "--registry", str(self.registry), "--data", str(self.data), "--coap",
            f"127.0.0.1:{self.coap}", "--web", f"127.0.0.1:{free_port()}",
        )  # fmt: skip

    def node(self) -> subprocess.Popen[bytes]:
        return self.command("run", "--settings", str(self.settings), "--trust-clock")

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        if not (self.data / "platform.db").exists():
            return []
        store = Store(self.data / "platform.db")
        try:
            return store.rows(query)
        finally:
            store.close()

    def told(self, kind: int) -> list[dict[int, Any]]:
        """The bodies of the frames of a kind, as the platform has them."""
        rows = self.asked(f"SELECT data FROM frames WHERE kind={kind} ORDER BY seq")
        return [frame_reader.decode(cose.parse1(row[0]).payload).body for row in rows]

    def both(self) -> subprocess.Popen[bytes]:
        """Start both; the node's process, once the platform has readings."""
        self.platform_process()
        process = self.node()
        until(lambda: self.asked("SELECT COUNT(*) FROM readings") not in ([], [(0,)]))
        return process


@pytest.fixture()
def street(tmp_path: Path) -> Iterator[Street]:
    found = Street(tmp_path)
    yield found
    with contextlib.suppress(FileNotFoundError):
        print(found.said.read_text())
    found.close()


def order(*words: object) -> int:
    return main(["order", *(str(word) for word in words)])


def test_orders_wait_at_the_platform_and_are_obeyed_once(
    street: Street, capsys: pytest.CaptureFixture[str]
) -> None:
    process = street.both()
    at = ("--platform", street.data)
    assert order("maintenance", POLE, "--for", "2h", "--why", "new cable", *at) == 0
    until(lambda: street.told(frame.MAINTENANCE))
    (begun,) = street.told(frame.MAINTENANCE)
    assert (begun[1], begun[2], begun[3]) == (1, "platform", "new cable")
    # New settings: three parts, and a restart.
    before = pole_toml.load(street.settings).settings.hash
    new = street.folder / "new.toml"
    new.write_text(street.text.replace('every = "1s"', 'every = "2s"') + "# more" * 200)
    assert order("settings", POLE, new, *at) == 0
    until(lambda: [body[1] for body in street.told(frame.CHANGE)] == [TAKEN, KEPT])
    assert street.settings.read_text() == new.read_text()
    taken, kept = street.told(frame.CHANGE)
    after = pole_toml.load(street.settings).settings.hash
    kid = sm2.kid(sm2.public_key(street.key))
    for body in (taken, kept):
        assert (body[2], body[3], body[5], body[6]) == (before, after, "platform", kid)
    assert street.told(frame.STATUS)[-1][2] == after
    assert process.poll() is None
    until(lambda: street.told(frame.OUTCOME))
    capsys.readouterr()
    order("list", *at)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{POLE} maintenance, until ") and first.endswith(": obeyed")
    assert second.startswith(f"{POLE} settings, until ") and second.endswith(": in force")
    assert street.asked("SELECT COUNT(*) FROM incidents") == [(0,)]
    assert street.told(frame.STATUS)[-1].get(11) is None, "nothing was refused"
    # Settings that pass every check and do not work: taken back, and told.
    bad = street.folder / "bad.toml"
    bad.write_text(new.read_text().replace(f"tcp://127.0.0.1:{street.modbus}", "tcp://["))
    assert order("settings", POLE, bad, *at) == 0
    until(lambda: [body[1] for body in street.told(frame.CHANGE)][2:] == [TAKEN, ROLLED_BACK])
    last = street.told(frame.CHANGE)[-1]
    assert last[2] == after and last[3] != after and last[7]
    order("list", *at)
    assert ": taken back: " in capsys.readouterr().out
    assert street.settings.read_text() == new.read_text()
    count = street.asked("SELECT COUNT(*) FROM readings")[0][0]
    until(lambda: street.asked("SELECT COUNT(*) FROM readings")[0][0] > count)
    assert process.poll() is None


def test_a_mistake_is_told_before_anything_is_signed(
    street: Street, capsys: pytest.CaptureFixture[str]
) -> None:
    new = street.folder / "new.toml"
    new.write_text(street.text.replace("dyp-ultrasonic", "dyp-ultrasonik"))
    assert order("settings", POLE, new, "--platform", street.data) == 1
    assert order("settings", POLE, new, "--platform", street.folder) == 1
    assert "no folder of" in unwrapped(capsys.readouterr().err)
    made = street.folder / "tech.key"
    assert order("key", made) == 0
    given = ("--key", made, "--registry", street.registry, "--out", street.folder)
    assert order("settings", POLE, new, "--from", street.settings, *given) == 1
    assert "did you mean 'dyp-ultrasonic'" in unwrapped(capsys.readouterr().err)
    new.write_text(street.text)
    assert order("settings", POLE, new, *given) == 1
    assert "--from" in unwrapped(capsys.readouterr().err)
    assert order("settings", "CD-JJ-0002", new, "--from", new, *given) == 1
    assert order("maintenance", POLE, "--for", "3 days", *given) == 1
    assert not list(street.folder.glob("*.order"))


def test_the_platforms_key_rotates_without_a_visit(
    street: Street, capsys: pytest.CaptureFixture[str]
) -> None:
    process = street.both()
    at = ("--platform", street.data, "--registry", street.registry)
    assert order("next-key", *at, "--finish") == 1
    assert "announce one first" in unwrapped(capsys.readouterr().err)
    assert order("next-key", *at) == 0
    until(lambda: order("next-key", *at, "--finish") == 0)
    new = sm2.public_key(keys.load_or_create(street.data / "platform.key"))
    assert new != sm2.public_key(street.key)
    assert (street.data / "platform.pub").read_text().strip() == new.hex()
    # Under the next key it goes on: frames are acknowledged, orders obeyed; the old key is nobody.
    assert order("maintenance", POLE, "--for", "1h", "--platform", street.data) == 0
    until(lambda: street.told(frame.MAINTENANCE))
    old = street.folder / "old.key"
    old.write_text(f"{street.key:064x}\n")
    old.chmod(0o600)
    assert order("maintenance", POLE, "--end", "--key", old, "--registry", street.registry,
                 "--out", street.folder) == 0  # fmt: skip
    capsys.readouterr()
    assert order("apply", street.folder / f"{POLE}.order", street.settings) == 1
    assert "refused: forged" in capsys.readouterr().out
    # Also over a restart of both, with the settings of before.
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0
    count = street.asked("SELECT COUNT(*) FROM readings")[0][0]
    street.processes[0].send_signal(signal.SIGTERM)
    street.processes[0].wait(90)
    street.both()
    until(lambda: street.asked("SELECT COUNT(*) FROM readings")[0][0] > count + 2)
    assert order("maintenance", POLE, "--end", "--platform", street.data) == 0
    until(lambda: len(street.told(frame.MAINTENANCE)) == 2)


@pytest.fixture()
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, street: Street) -> Path:
    """An authority that has enrolled the node; the file with its passphrase is ``words``."""
    made = authority_case.of_today(tmp_path / "jinjiang", monkeypatch)
    words = authority_case.passphrase_file(tmp_path / "words")
    command = ["identity", "csr", str(street.settings), "--serial", "PB-1"]
    csr = subprocess.run(
        [sys.executable, "-m", "agent.cli.main", *command], capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    (tmp_path / "PB-1.csr").write_bytes(csr.stdout)
    enroll = ["authority", "enroll", str(made), "PB-1", "--csr", str(tmp_path / "PB-1.csr"),
              "--pole", POLE, "--passphrase-file", str(words), "--out", str(tmp_path)]  # fmt: skip
    assert main(enroll) == 0
    return made


def test_a_technician_changes_settings_without_network(
    street: Street, authority: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = street.folder
    key, grants = folder / "li-wei.key", folder / "li-wei.grants"
    capsys.readouterr()
    assert order("key", key) == 0
    (folder / "li-wei.pub").write_text(capsys.readouterr().out)

    def certify(*words: str) -> int:
        common = ["--name", "Li Wei", "--key", str(street.data / "platform.key"),
                  "--passphrase-file", str(folder / "words"), "--out", str(grants)]  # fmt: skip
        public = str(folder / "li-wei.pub")
        return main(["authority", "certify", str(authority), public, *common, *words])

    assert certify("--pole", "CD-JJ-0009", "--action", "settings") == 1
    assert "no device is at CD-JJ-0009" in unwrapped(capsys.readouterr().err)
    assert certify("--pole", POLE, "--action", "settings", "--days", "7") == 0
    new = folder / "new.toml"
    new.write_text(street.text.replace('every = "1s"', 'every = "2s"'))
    signed = ("--key", key, "--grants", grants, "--out", folder)
    street.node()
    until(lambda: (folder / "journal" / "segment-0000").exists())
    before = pole_toml.load(street.settings).settings.hash

    def apply() -> int:
        return order("apply", folder / f"{POLE}.order", street.settings)

    assert order("settings", "CD-JJ-0009", new, "--from", street.settings, *signed) == 1
    assert "certified for CD-JJ-0001" in unwrapped(capsys.readouterr().err)
    # What he was not certified for, where the platform is, and a mistake: nothing changes.
    assert order("maintenance", POLE, "--for", "1h", *signed) == 0
    assert apply() == 1 and "refused: not allowed" in capsys.readouterr().out
    far = folder / "far.toml"
    far.write_text(street.text.replace("127.0.0.1", "127.0.0.2"))
    assert order("settings", POLE, far, "--from", street.settings, *signed) == 0
    assert apply() == 1 and "uplink is not changed by such an order" in capsys.readouterr().out
    assert street.settings.read_text() == street.text
    # What he was certified for: no platform runs.
    assert order("settings", POLE, new, "--from", street.settings, *signed) == 0
    assert apply() == 0, capsys.readouterr()
    until(lambda: street.settings.read_text() == new.read_text())
    # The agent starts again with them: it is asked until it is there.
    until(lambda: apply() == 1 and "refused: replayed" in capsys.readouterr().out)
    # An end of it counts at once, and for good.
    assert certify("--pole", POLE) == 0
    assert order("settings", POLE, far, "--from", street.settings, *signed) == 0
    assert apply() == 1 and "refused: not allowed" in capsys.readouterr().out
    # The platform learns of it all when it can.
    street.platform_process()
    until(lambda: street.told(frame.CHANGE))
    until(lambda: KEPT in [body[1] for body in street.told(frame.CHANGE)])
    bodies = street.told(frame.CHANGE)
    assert [body[1] for body in bodies] == [REFUSED, TAKEN, KEPT]
    after = pole_toml.load(street.settings).settings.hash
    kid = sm2.kid(sm2.public_key(keys.load_or_create(key)))
    assert [bodies[1][number] for number in (2, 3, 5, 6)] == [before, after, "Li Wei", kid]
    # It also brings a grant, and its end, to poles that nobody visits.
    assert order("maintenance", POLE, "--for", "1h", *signed) == 0
    assert certify("--pole", POLE, "--days", "1") == 0
    assert order("grants", grants, "--platform", street.data) == 0
    capsys.readouterr()
    until(lambda: order("list", "--platform", street.data) == 0
          and ": heard" in capsys.readouterr().out, 60)  # fmt: skip
    until(lambda: apply() == 1 and "1 of 2: refused: replayed" in capsys.readouterr().out)
    assert main(["authority", "show", str(authority), "PB-1"]) == 0
    assert capsys.readouterr().out.count("certified: Li Wei") == 3


LATCHED = 'alarm.level = { above = "2 mm", clear = "1 mm", latch = true }\n'


def test_drills_and_resets_by_order(street: Street, capsys: pytest.CaptureFixture[str]) -> None:
    """An office drills an alarm from afar; an alarm that is on is neither drilled nor reset."""
    dry = street.text + LATCHED.replace("2 mm", "3100 mm").replace("1 mm", "3000 mm")
    street.settings.write_text(dry)
    process = street.both()
    at = ("--platform", street.data)
    channel = (POLE, "underpass/level")
    assert order("drill", *channel, "--for", "10min", *at) == 0
    until(lambda: street.told(frame.DRILL))
    (begun,) = street.told(frame.DRILL)
    assert [begun[number] for number in (1, 2, 3, 4)] == [1, "platform", "underpass", "level"]
    # What it cannot do it says, and the office reads it.
    assert order("drill", *channel, *at) == 0
    until(lambda: len(street.told(frame.OUTCOME)) == 2)
    assert [body[3] for body in street.told(frame.OUTCOME)] == ["", "another drill is on"]
    capsys.readouterr()
    order("list", *at, "--lang", "zh")
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("：已执行") and second.endswith("：被拒绝：另一演练正在进行")
    assert order("drill", POLE, "--end", *at) == 0
    until(lambda: [body[1] for body in street.told(frame.DRILL)] == [1, 0])
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0
    # Water that stands high: the alarm is on.
    street.settings.write_text(street.text + LATCHED)
    street.node()
    until(lambda: street.told(frame.ALARM_FRAME))
    given = ("--key", street.data / "platform.key", "--registry", street.registry)
    for verb, why in (("reset", "the reading is not good"), ("drill", "active already")):
        assert order(verb, *channel, *given, "--out", street.folder) == 0
        capsys.readouterr()
        assert order("apply", street.folder / f"{POLE}.order", street.settings) == 1
        assert why in capsys.readouterr().out
    # Mistakes are told before anything is signed.
    assert order("drill", POLE, *at) == 1 and order("reset", POLE, "underpass", *at) == 1
    assert order("drill", *channel, "--for", "2h", *at) == 1
    assert "expected 1 h at the most" in unwrapped(capsys.readouterr().err)


def test_orders_of_a_node_that_was_never_acknowledged_are_obeyed_once(street: Street) -> None:
    """What it obeyed outlives a kill, though no platform has ever answered."""
    key = street.data / "platform.key"
    signed = ("--key", key, "--registry", street.registry, "--out", street.folder)
    for _ in range(2):
        process = street.node()
        path = street.folder / f"{POLE}.order"
        first = not path.exists()
        if first:
            assert order("maintenance", POLE, "--for", "1h", *signed) == 0
        until(lambda: (street.folder / "journal" / "segment-0000").exists())
        assert order("apply", path, street.settings) == (0 if first else 1)
        process.kill()
        process.wait()

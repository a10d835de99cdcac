"""A node's identity: made here, certified elsewhere, rotated while it runs, wiped at the end."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import BadSettings
from agent.linux.identity import Identity
from agent.linux.libcrypto import make_verifier
from agent.protocols import cose, sm2
from provisioning.authority import certificates, enroll, folder, key_file, records, tls
from provisioning.authority.application import Application
from provisioning.authority.folder import Authority
from provisioning.registry import RegisteredDevice, Registry
from tests.host import authority_case
from tests.host.micropython import ROOT
from tests.host.test_node import World, until
from tests.host.unwrapped import unwrapped

_FRAMES = "SELECT data FROM frames ORDER BY arrived DESC LIMIT 5"
SECURE = """\
[pole]
id = "P-1"

[uplink]
carrier = "mqtt"
url = "mqtts://localhost:8883"
certificate = "tls.pem"
certificate_key = "tls.key"

[[line]]
name = "l"
port = "/dev/null"

[[line.device]]
name = "d"
driver = "dyp-ultrasonic"
address = 1
every = "10s"
mount = "3200 mm"
"""


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    monkeypatch.setattr(authority_case, "NOW", datetime.now(UTC))
    opened = folder.open_folder(
        authority_case.make(tmp_path / "jinjiang"), authority_case.PASSPHRASE
    )
    yield opened
    opened.register.close()


def pole(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent.cli.main", *arguments],
        cwd=where, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def good(where: Path, *arguments: str) -> str:
    done = pole(where, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_requests_go_out_and_certificates_come_back(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SECURE)
    csr = good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1")
    tls_csr = good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1", "--tls")
    asked = Application("PB-1", csr.encode(), tls_csr=tls_csr.encode())
    issued = enroll.enroll(authority, asked, datetime.now(UTC))
    assert issued.tls is not None
    (tmp_path / "a.pem").write_bytes(issued.sm2)
    (tmp_path / "b.pem").write_bytes(issued.tls)
    assert "not certified" in good(tmp_path, "identity", "show", "pole.toml")
    assert good(tmp_path, "identity", "install", "pole.toml", "a.pem") == "installed\n"
    assert "TLS" in good(tmp_path, "identity", "install", "pole.toml", "b.pem")
    assert "days more" in good(tmp_path, "identity", "show", "pole.toml")
    public = good(tmp_path, "identity", "show", "pole.toml", "--public").strip()
    assert bytes.fromhex(public) == certificates.public_key(
        key_file.unpem("CERTIFICATE", issued.sm2)
    )
    for name in ("device.key", "tls.key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    secret = (tmp_path / "device.key").read_text().strip()
    assert secret not in csr + tls_csr + good(tmp_path, "identity", "show", "pole.toml")


def test_renewing_the_key_for_tls(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SECURE)
    for more in ((), ("--next",)):
        csr = good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1", *more)
        tls_csr = good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1", "--tls", *more)
        asked = Application("PB-1", csr.encode(), tls_csr=tls_csr.encode())
        action = enroll.rotate if more else enroll.enroll
        issued = action(authority, asked, datetime.now(UTC))
        assert issued.tls is not None
        (tmp_path / "b.pem").write_bytes(issued.tls)
        before = (tmp_path / "tls.key").read_bytes()
        good(tmp_path, "identity", "install", "pole.toml", "b.pem")
        changed = (tmp_path / "tls.key").read_bytes() != before
        assert changed == bool(more)
        assert (tmp_path / "tls.pem").read_bytes() == issued.tls
    done = pole(tmp_path, "identity", "install", "pole.toml", "pole.toml")
    assert done.returncode == 1
    assert unwrapped(done.stderr).count("\n") == 1


def test_a_request_is_a_whole_file_or_none(tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SECURE)
    csr = ("identity", "csr", "pole.toml", "--serial", "PB-1", "--tls", "--out", "PB-1.tls.csr")
    assert "pole authority enroll" in good(tmp_path, *csr)
    made = (tmp_path / "PB-1.tls.csr").read_bytes()
    assert tls.read_request(made)[0] is not None
    (tmp_path / "PB-1.tls.csr").unlink()
    # A node without TLS has no key to ask for.
    plain = [line for line in SECURE.splitlines() if not line.startswith("certificate")]
    text = (
        "\n".join(plain).replace('"mqtt"', '"coap"').replace("mqtts://localhost:8883", "coap://h")
    )
    (tmp_path / "pole.toml").write_text(text)
    done = pole(tmp_path, *csr)
    assert done.returncode == 1 and "pole.toml has no certificate" in done.stderr
    assert unwrapped(done.stderr).count("\n") == 1
    assert not list(tmp_path.glob("PB-1*"))


def test_a_refused_request_is_named(
    authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words"
    words.write_bytes(authority_case.PASSPHRASE)
    words.chmod(0o600)
    (tmp_path / "good.csr").write_bytes(authority_case.request("PB-1", 1001))
    (tmp_path / "good.tls.csr").write_bytes(authority_case.tls_request("PB-1"))
    (tmp_path / "other.tls.csr").write_bytes(authority_case.tls_request("PB-2"))
    (tmp_path / "empty.csr").touch()
    cases = [("empty.csr", "good.tls.csr", "empty.csr: no certificate request, or a damaged one"),
             ("good.csr", "empty.csr", "empty.csr: no certificate request for TLS"),
             ("good.csr", "other.tls.csr", "other.tls.csr: it is for 'PB-2', not for 'PB-1'"),
             ("good.csr", "good.csr", "good.csr: a certificate request for")]  # fmt: skip
    for csr, tls_csr, sentence in cases:
        done = main(["authority", "enroll", str(tmp_path / "jinjiang"), "PB-1",
                     "--csr", str(tmp_path / csr), "--tls-csr", str(tmp_path / tls_csr),
                     "--passphrase-file", str(words), "--out", str(tmp_path)])  # fmt: skip
        assert done == 1
        said = unwrapped(capsys.readouterr().err)
        assert f"{tmp_path}/{sentence}" in said and said.count("\n") == 1


def test_a_certificate_of_another_key_changes_nothing(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "device.key")
    identity.make_next()
    before = sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir())
    with pytest.raises(BadSettings, match="another key"):
        identity.install(sm2.public_key(77), b"certificate")
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == before


def test_a_rotation_remembers_what_signed_before(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "device.key")
    kids = []
    for _ in range(3):
        kids.append(sm2.kid(sm2.public_key(identity.key)))
        upcoming = identity.make_next()
        assert identity.make_next() == upcoming
        assert identity.install(sm2.public_key(upcoming), b"certificate")
        assert identity.changed()
        assert not identity.changed()
        assert identity.key == upcoming
    assert identity.former_kids() == kids
    assert not identity.next_path.exists()


def test_a_running_agent_rotates_without_a_stop(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        url = world.start_platform(mqtt=False)
        identity = Identity(tmp_path / "device.key")
        upcoming = sm2.public_key(identity.make_next())
        assert world.platform is not None
        process = world.run("coap", url)
        until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 3)
        platform = world.platform
        both = [sm2.public_key(identity.key), upcoming]
        registry = Registry([RegisteredDevice("CD-JJ-0001", "Jinjiang", both)])
        world.loop.call_soon_threadsafe(platform.use, registry)
        identity.install(upcoming, b"certificate")
        kid = sm2.kid(upcoming)
        until(lambda: any(cose.parse1(row[0]).kid == kid for row in world.rows(_FRAMES)))
        assert process.poll() is None
        (told,) = world.rows("SELECT COUNT(*) FROM incidents")
        assert told == (0,)
        times = [row[0] for row in world.rows("SELECT DISTINCT time FROM readings ORDER BY time")]
        steps = [b - a for a, b in itertools.pairwise(times)]
        assert max(steps) < 2 * min(steps), "a reading every second, all the way"
    finally:
        world.close()


def test_retiring_wipes_and_proves_it(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SECURE)
    csr = good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1")
    enroll.enroll(authority, Application("PB-1", csr.encode()), datetime.now(UTC))
    secret = (tmp_path / "device.key").read_text().strip()
    public = bytes.fromhex(good(tmp_path, "identity", "show", "pole.toml", "--public"))
    done = pole(tmp_path, "retire", "pole.toml", "--serial", "PB-1")
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert (tmp_path / "device.key").exists()
    farewell = good(tmp_path, "retire", "pole.toml", "--serial", "PB-1", "--yes")
    assert secret not in farewell
    assert not (tmp_path / "device.key").exists()
    record = bytes.fromhex(farewell)
    assert records.read(record, make_verifier([public]))[records.KIND] == records.WIPED
    enroll.retire(authority, "PB-1", record, datetime.now(UTC))
    done = pole(tmp_path, "retire", "pole.toml", "--serial", "PB-1", "--yes")
    assert "nothing to retire" in done.stderr


def test_what_was_not_delivered_is_not_thrown_away(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        process = world.run("coap", f"coap://127.0.0.1:{world.coap}")
        until(lambda: _frames(tmp_path) > 0)
        done = pole(tmp_path, "retire", "pole.toml", "--serial", "PB-1", "--yes", "--discard")
        assert "in use by another agent" in done.stderr
        process.kill()
        process.wait()
        done = pole(tmp_path, "retire", "pole.toml", "--serial", "PB-1", "--yes")
        assert done.returncode == 1
        assert "not delivered yet" in done.stderr
        assert (tmp_path / "device.key").exists()
        good(tmp_path, "retire", "pole.toml", "--serial", "PB-1", "--yes", "--discard")
        assert not (tmp_path / "journal").exists()
    finally:
        world.close()


def _frames(where: Path) -> int:
    done = pole(where, "journal", "--export", "journal")
    return done.stdout.count("\n")


def test_what_a_former_key_signed_is_still_acknowledged(tmp_path: Path) -> None:
    """A backlog from before a rotation, delivered after a restart under the next key."""
    world = World(tmp_path)
    try:
        url = f"coap://127.0.0.1:{world.coap}"
        identity = Identity(tmp_path / "device.key")
        old = sm2.public_key(identity.key)
        process = world.run("coap", url)
        until(lambda: _frames(tmp_path) >= 5)
        process.kill()
        process.wait()
        new = sm2.public_key(identity.make_next())
        assert identity.install(new, b"certificate")
        world.start_platform(mqtt=False)
        registry = Registry([RegisteredDevice("CD-JJ-0001", "Jinjiang", [old, new])])
        assert world.platform is not None
        world.loop.call_soon_threadsafe(world.platform.use, registry)
        process = world.run("coap", url)
        kids = {sm2.kid(old), sm2.kid(new)}
        all_frames = "SELECT data FROM frames"
        until(lambda: {cose.parse1(row[0]).kid for row in world.rows(all_frames)} == kids)
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
        assert process.stderr is not None
        assert b"another device" not in process.stderr.read()
    finally:
        world.close()

"""``pole support``: everything that helps is in the archive, and no secret, wherever it stood."""

import json
import os
import stat
import tarfile
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.linux import keys
from agent.linux.scrub import REMOVED, Scrubber
from agent.linux.support import Support
from agent.protocols import sm2
from provisioning.authority import shared_secret
from tests.host.test_node import World, until, world  # noqa: F401  (a fixture)

PASSWORD = 'Corr3ct"Horse\\battery'
IN_URL, DECODED = "s3cr3t%40broker-pw", "s3cr3t@broker-pw"
IN_COMMENT = "hunter2-in-a-comment"
MISSPELT = "a-password-under-a-wrong-name"
CODE = "pbkdf2-sha256$600000$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
PASSPHRASE = "the passphrase of the key file"
PEM = "-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49AgEGCCqGSM49\n-----END PRIVATE KEY-----\n"

SETTINGS = f"""\
# the broker's password is: password = "{IN_COMMENT}"
[pole]
id = "CD-JJ-0001"

[uplink]
carrier = "mqtt"
url = "mqtts://node7:{IN_URL}@platform.example:8883"
certificate = "node.crt"
certificate_key = "tls.pem"
platform_key = "{sm2.public_key(4711).hex()}"

[page]
code = "{CODE}"

[[line]]
name = "gateway"
port = "tcp://127.0.0.1:502"
wifi_pasword_ = "{MISSPELT}"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "1s"
mount = "3200 mm"
"""


@pytest.fixture()
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """A node's folder with secrets everywhere, also in its log; (pole.toml, the secrets)."""
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "pole.toml").write_text(SETTINGS, encoding="utf-8")
    private = f"{keys.load_or_create(folder / 'device.key'):064x}"
    (folder / "tls.pem").write_text(PEM)
    (folder / "wifi-password.txt").write_text(PASSWORD + "\n")
    secret, _ = shared_secret.make("CD-JJ-0001", folder)
    shared = json.loads((secret / "secret.json").read_text())
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    passphrase.chmod(0o600)
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(passphrase))
    secrets = [private, IN_URL, DECODED, IN_COMMENT, MISSPELT, CODE, PASSWORD, PASSPHRASE,
               PEM.splitlines()[1], *shared.values()]  # fmt: skip
    log = tmp_path / "log"
    log.write_text("".join(f"says {text} and {text.upper()} end\n" for text in secrets) + PEM)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "journalctl").write_text(f"#!/bin/sh\necho 'an honest line'; cat {log}\n")
    (tools / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return folder / "pole.toml", secrets


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {}
        for part in archive.getmembers():
            file = archive.extractfile(part)
            assert file is not None
            found[part.name.removeprefix("pole-support/")] = file.read()
        return found


def test_no_planted_secret_leaves(
    planted: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, secrets = planted
    out = tmp_path / "out.tar.gz"
    assert main(["support", str(settings), "--out", str(out), "--lang", "en"]) == 0
    assert "no key, password or reading" in capsys.readouterr().out
    found = members(out)
    for name, data in found.items():
        for secret in secrets:
            for form in (secret, json.dumps(secret)[1:-1]):
                assert form.lower().encode() not in data.lower(), (name, secret)
    assert len(secrets) >= 10 and b"an honest line" in found["log.txt"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_what_helps_is_there(planted: tuple[Path, list[str]]) -> None:
    settings, _ = planted
    parts = Support(settings).collect()
    document = json.loads(parts["settings.json"])
    assert document["pole"]["id"] == "CD-JJ-0001"
    assert document["uplink"]["platform_key"] == sm2.public_key(4711).hex(), "a public key stays"
    assert document["uplink"]["url"] == f"mqtts://{REMOVED}platform.example:8883"
    assert document["page"]["code"] == REMOVED
    assert "wifi_pasword_" in parts["check.txt"], "the mistake is told, without its value"
    assert json.loads(parts["versions.json"])["packages"]["pyserial"]
    names = {part["name"]: part for part in json.loads(parts["files.json"])}
    assert names["device.key"]["mode"] == "-rw-------" and "tls.pem" in names
    system = json.loads(parts["system.json"])
    assert system["python"].startswith("3.") and system["disk"]["free"] > 0
    assert parts["journal.json"].startswith("not to be had")


def test_a_running_node_adds_its_status_and_its_journal(
    world: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    url = world.start_platform(mqtt=False)
    world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 1)
    parts = Support(world.folder / "pole.toml").collect()
    status = json.loads(parts["status.json"])
    assert status["lines"][0]["sent_bytes"] > 0
    assert json.loads(parts["journal.json"])["lanes"][1]["frames"] >= 1
    key = (world.folder / "device.key").read_text().strip()
    assert all(key not in text for text in parts.values())


@pytest.mark.parametrize("text", ["[pole", "", "\xff\x00", None])
def test_on_the_worst_of_days_it_still_comes(tmp_path: Path, text: str | None) -> None:
    settings = tmp_path / "pole.toml"
    if text is not None:
        settings.write_text(text + f'\npassword = "{IN_COMMENT}"\n', encoding="latin-1")
    parts = Support(settings).collect()
    assert len(parts) == 9
    assert all(IN_COMMENT not in part for part in parts.values())


def test_what_is_short_is_removed_where_it_stands_alone() -> None:
    scrubber = Scrubber()
    assert scrubber.settings({"password": "on", "name": "pylon"}) == {
        "password": REMOVED, "name": "pylon"}  # fmt: skip
    assert scrubber.clean("pylon") == "pylon"
    assert scrubber.clean("mqtt://user:on@host") == f"mqtt://{REMOVED}host"

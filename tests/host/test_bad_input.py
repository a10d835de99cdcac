"""Bad input at the command line gets one plain sentence, and changes nothing."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.cli.speech import wide
from agent.linux import keys, pkcs8
from agent.protocols import sm2
from provisioning.authority import key_file
from provisioning.registry import RegisteredDevice, Registry
from tests.host import authority_case
from tests.host.test_identity import SECURE
from tests.host.test_settings import GOOD
from tests.host.unwrapped import unwrapped


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with one device, and files around it; copied for each test."""
    folder = tmp_path_factory.mktemp("city")
    patch = pytest.MonkeyPatch()
    patch.setattr(key_file, "ITERATIONS", 1000)
    authority_case.make(folder / "jj")
    patch.undo()
    for name, words in (("words", authority_case.PASSPHRASE), ("wrong", b"something else")):
        (folder / name).write_bytes(words + b"\n")
        (folder / name).chmod(0o600)
    (folder / "A.csr").write_bytes(authority_case.request("A", 1001))
    (folder / "B.csr").write_bytes(authority_case.request("B", 1002))
    (folder / "bad.csr").write_bytes(authority_case.request("A", 1003)[:-9] + b"damaged!!")
    (folder / "cut.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    )
    (folder / "noise").write_bytes(bytes(range(256)))
    (folder / "pole.toml").write_text(SECURE)
    (folder / "list.csv").write_text("serial,csr\nB,B.csr\n")
    (folder / "tech.pub").write_text(sm2.public_key(77).hex() + "\n")
    (folder / "none.pub").write_text("04" + "11" * 64 + "\n")
    key = folder / "platform.key"
    key.write_text(f"{7:064x}\n")
    key.chmod(0o600)
    Registry([RegisteredDevice("P-1", "A", [sm2.public_key(1001)])]).save(folder / "registry.json")
    newer = json.loads((folder / "registry.json").read_text()) | {"version": 99}
    (folder / "newer.json").write_text(json.dumps(newer))
    patch.chdir(folder)
    enroll = "authority enroll jj A --csr A.csr --pole P-1 --passphrase-file words"
    assert main(enroll.split()) == 0
    patch.undo()
    assert main(["identity", "show", str(folder / "pole.toml")]) == 0
    return folder


def register_of(version: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        register = sqlite3.connect(folder / "jj" / "register.db")
        register.execute(f"PRAGMA user_version = {version}")
        register.close()

    return change


def spoilt(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes((folder / "noise").read_bytes())

    return change


def line(folder: Path, text: str) -> None:
    (folder / "line.json").write_text(text)


def nothing(folder: Path) -> None:
    pass


CERTIFY = "authority certify jj {} --name Anna --pole {} --key platform.key --out anna.grants"
WRONG = [
    "authority enroll jj B --csr B.csr", "authority rotate jj A --csr B.csr",
    "authority replace jj A B --csr B.csr", "authority move jj A --pole P-2",
    "authority revoke jj A --reason x", "authority retire jj A", "authority due jj",
    "authority export jj --out out.json", "authority crl jj", "authority server jj localhost",
    "authority batch jj list.csv", CERTIFY.format("tech.pub", "P-1"),
]  # fmt: skip
CASES = [(f"{words} --passphrase-file wrong", nothing, "wrong passphrase") for words in WRONG]
CASES += [(f"{words} --passphrase-file words", register_of(99), "newer version") for words in WRONG]
CASES += [
    ("authority show jj", register_of(99), "newer version"),
    ("authority show jj", spoilt("jj/register.db"), "no register"),
    ("authority show jj B", nothing, "no device B"),
    ("authority enroll jj B --csr bad.csr --passphrase-file words", nothing, ""),
    ("authority enroll jj B --csr noise --passphrase-file words", nothing, ""),
    ("authority enroll jj B --csr A.csr --passphrase-file words", nothing, ""),
    ("authority rotate jj A --csr noise --passphrase-file words", nothing, ""),
    ("authority retire jj A --proof noise --passphrase-file words", nothing, "hex digits"),
    ("authority crl jj --passphrase-file words", spoilt("jj/issuing.pem"), ""),
    ("authority crl jj --passphrase-file words", spoilt("jj/issuing.key"), ""),
    (CERTIFY.format("none.pub", "P-1") + " --passphrase-file words", nothing, "no SM2 key"),
    (CERTIFY.format("noise", "P-1") + " --passphrase-file words", nothing, "hex digits"),
    (CERTIFY.format("tech.pub", "P-9") + " --passphrase-file words", nothing, "no device is at"),
    ("identity install pole.toml cut.pem", nothing, ""),
    ("identity install pole.toml noise", nothing, ""),
    ("identity install pole.toml A.pem", nothing, "another key"),
    ("frames verify --registry newer.json noise", nothing, "newer version"),
    ("frames verify --registry noise noise", nothing, "no registry"),
    ("platform --registry newer.json --data p", nothing, "newer version"),
    ("order maintenance P-1 --for 1h --key platform.key --registry newer.json", nothing,
     "newer version"),
    ("order settings P-1 pole.toml --key platform.key --grants noise", nothing, "no grants"),
    ("order apply noise pole.toml", nothing, ""),
    ("order maintenance P-1 --for 1h --platform p", nothing, "no folder of"),
    ("bundle --show noise --trust list.csv", nothing, "list.csv is not the public half"),
    ("bundle --show noise --trust noise", nothing, "noise is not the public half"),
    ("bundle --show noise --trust platform.key", nothing, "is not the public half"),
    ("bundle --show noise --trust none.pub", nothing, "noise: it is cut off or damaged"),
    ("bundle --simulated --key platform.key --out jj", nothing, "jj: Is a directory"),
    ("bundle --simulated --key noise --out new.pole", nothing, "noise"),
    ("explain --trace noise --bundle noise --trust list.csv", nothing, "expected the public half"),
    ("explain --trace noise --bundle noise --trust none.pub", nothing, "noise: it is cut off"),
    ("scan --replay newer.json", nothing, "newer.json is no recording"),
    ("doctor --replay line.json --driver cwt-soil", lambda folder: line(folder, "[]"),
     "line.json is no recording"),
    ("scan --replay line.json", lambda folder: line(folder, ""), "line.json is no recording"),
    ("zero list.csv --device underpass", nothing, "line 1: TOML"),
    ("commission board --port nope --lang en", nothing, "nope is not there"),
    ("commission board --port nope --wifi --lang zh", nothing, "nope 不存在"),
    ("status nope.toml", nothing, "nope.toml: No such file"),
    ("support pole.toml --out pole.toml", nothing, "holds the settings"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "change", "said"), CASES, ids=[f"{one[0][:40]}-{one[2]}" for one in CASES]
)
def test_one_sentence_and_nothing_changed(
    words: str, change: Callable[[Path], None], said: str, city: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for path in sorted(city.rglob("*")):
        if path.is_file():
            copy = tmp_path / path.relative_to(city)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
            copy.chmod(path.stat().st_mode)
    change(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = content(tmp_path)
    capsys.readouterr()
    assert main(words.split()) == 1
    told = capsys.readouterr().err
    assert all(wide(line) <= 80 for line in told.splitlines()), told
    complaint = unwrapped(told)
    assert complaint.count("\n") == 1 and complaint.startswith("pole: ") and said in complaint
    assert len(complaint) < 300 and "Traceback" not in complaint
    assert content(tmp_path) == before


def content(folder: Path) -> dict[str, object]:
    """Every file, and a register by what is in it."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def test_a_key_that_its_passphrase_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pole.toml").write_text(GOOD)
    key = tmp_path / "device.key"
    key.write_bytes(pkcs8.encrypted(5, b"right"))
    key.chmod(0o600)
    (tmp_path / "words").write_text("wrong\n")
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(tmp_path / "words"))
    before = content(tmp_path)
    for command in (["run", "--settings"], ["identity", "show"], ["retire", "--serial", "A"]):
        assert main([*command, str(tmp_path / "pole.toml")]) == 1
        complaint = unwrapped(capsys.readouterr().err)
        assert complaint.count("\n") == 1 and "passphrase" in complaint
    assert content(tmp_path) == before

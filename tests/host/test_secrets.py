"""A private key and a passphrase appear nowhere: in no log, error, argument, environment or file
but their own."""

import base64
import contextlib
import io
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from agent.linux import keys, pkcs8
from agent.linux.entropy import Entropy
from agent.linux.es256 import Es256Signer
from agent.linux.libcrypto import LibcryptoSigner, PlainSigner
from agent.protocols import sm2
from provisioning.authority import key_file
from tests.host.micropython import ROOT, interpreter

D = 0x9E8F4C1A2B3D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F7081A2B3C4D5E6F7
PASSPHRASE = "correct-horse-battery-staple"
SETTINGS = f"""
[pole]
id = "CD-JJ-0001"

[uplink]
carrier = "coap"
url = "coap://127.0.0.1:9"
seal_every = "1s"
platform_key = "{sm2.public_key(7).hex()}"

[[line]]
name = "rs485-1"
port = "tcp://127.0.0.1:9"
mode = "9600 8N1"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "1s"
mount = "3200 mm"
"""


def forms(secret: bytes) -> list[bytes]:
    """How a secret might be written: raw, in any digits, in base64, and any half of them."""
    number = int.from_bytes(secret, "big")
    texts = [secret.hex(), secret.hex(" "), secret.hex(":"), str(number), repr(list(secret))]
    written = [secret, secret[::-1], repr(secret)[2:-1].encode(), secret.hex().upper().encode()]
    written += [text.encode() for text in texts]
    written += [base64.b64encode(secret), base64.urlsafe_b64encode(secret)]
    return written + [part for one in written for part in (one[: len(one) // 2], one[-12:])]


NEEDLES = forms(D.to_bytes(32, "big")) + [PASSPHRASE.encode()]


def found(text: str | bytes) -> list[bytes]:
    """The needles in text."""
    data = text.encode() if isinstance(text, str) else text
    return [needle for needle in NEEDLES if needle in data]


def everything(folder: Path, *but: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in but:
            yield path.name, path.read_bytes()


def test_the_search_finds_what_it_seeks() -> None:
    assert found(f"key {D:064x}") and found(f"{D}") and found(D.to_bytes(32, "big"))
    assert found(repr(D.to_bytes(32, "big"))) and found(f"{D:X}"[:40]) and found(PASSPHRASE)
    assert not found(sm2.public_key(D)) and not found(sm2.public_key(D).hex())


@pytest.fixture()
def pole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, and a key under a passphrase."""
    (tmp_path / "pole.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "words").write_text(PASSPHRASE + "\n", encoding="ascii")
    (tmp_path / "words").chmod(0o600)
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(tmp_path / "words"))
    key = tmp_path / "device.key"
    key.write_bytes(pkcs8.encrypted(D, PASSPHRASE.encode()))
    key.chmod(0o600)
    return tmp_path


def test_a_running_node_tells_nobody(pole: Path) -> None:
    command = [sys.executable, "-m", "agent.cli.main", "run", "--settings", str(pole / "pole.toml")]
    with open(pole / "said", "wb") as said:
        node = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            limit = time.monotonic() + 60
            while b"signer: SM2" not in (pole / "said").read_bytes() or not journaled(pole):
                assert time.monotonic() < limit and node.poll() is None, (pole / "said").read_text()
                time.sleep(0.05)
            for name in ("cmdline", "environ"):
                with contextlib.suppress(PermissionError):  # only root may look at such a process
                    assert not found(Path(f"/proc/{node.pid}/{name}").read_bytes()), name
        finally:
            node.kill()
            node.wait()
    for name, content in everything(pole, "words"):
        assert not found(content), name


def aborted(command: list[str], folder: Path, ready: Callable[[], bool]) -> list[bytes]:
    """The core files of a command that is aborted once it is ready; all limits are off."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
    )  # fmt: skip
    limit = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < limit and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGABRT)
    process.wait()
    return [path.read_bytes() for path in folder.glob("core*")]


def test_core_dumps_hold_no_key(pole: Path) -> None:
    """The node, the platform and a tool that waits for its passphrase die where they stand."""
    mark = pole / "mark"
    control = ["-c", f"open({str(mark)!r}, 'w'); import time; time.sleep(60)"]
    if not aborted([sys.executable, *control], pole, mark.exists):
        pytest.skip("this machine writes no core file beside a program")
    for path in pole.glob("core*"):
        path.unlink()
    (pole / "registry.json").write_text('{"version": 1, "devices": []}')
    agent = [sys.executable, "-m", "agent.cli.main"]
    assert not aborted([*agent, "run", "--settings", "pole.toml"], pole, lambda: journaled(pole))
    (pole / "p").mkdir()
    (pole / "p" / "platform.key").write_bytes((pole / "device.key").read_bytes())
    (pole / "p" / "platform.key").chmod(0o600)
    platform = [*agent, "platform", "--registry", "registry.json", "--data", "p",
                "--coap", "127.0.0.1:0", "--web", "127.0.0.1:0"]  # fmt: skip
    assert not aborted(platform, pole, (pole / "p" / "platform.db").exists)


STARTED: list[str] = []
WATCHING = [False]
_STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn")


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what a program is started with."""
    if WATCHING[0] and event in _STARTS:
        STARTED.append(repr(arguments))


def test_no_program_is_started_with_a_secret(
    pole: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every command that knows a key or a passphrase, and whatever it starts."""
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    monkeypatch.chdir(pole)
    (pole / "platform.key").write_text(f"{D:064x}\n")
    (pole / "platform.key").chmod(0o600)
    (pole / "tech.pub").write_text(sm2.public_key(5).hex())
    words = "--passphrase-file words"
    sys.addaudithook(watch)
    WATCHING[0] = True
    try:
        subprocess.run([sys.executable, "-c", ""], check=True)
        assert len(STARTED) == 1, "the watch works"
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        assert main(["identity", "csr", "pole.toml", "--serial", "A"]) == 0
        (pole / "A.csr").write_text(sys.stdout.getvalue())
        monkeypatch.undo()
        monkeypatch.chdir(pole)
        monkeypatch.setenv(keys.PASSPHRASE_FILE, str(pole / "words"))
        monkeypatch.setattr(key_file, "ITERATIONS", 1000)
        for command in (
            f"authority init jj --organisation X --root-passphrase-file words {words}",
            f"authority enroll jj A --csr A.csr --pole CD-JJ-0001 {words}",
            f"authority move jj A --pole CD-JJ-0001 {words}",
            f"authority certify jj tech.pub --name B --pole CD-JJ-0001 --key platform.key "
            f"--out b.grants {words}",
            f"authority export jj --out registry.json {words}", f"authority crl jj {words}",
            f"authority server jj localhost {words}", "identity install pole.toml A.pem",
            "order maintenance CD-JJ-0001 --for 1h --key platform.key --registry registry.json",
            f"authority revoke jj A --reason x {words}",
        ):  # fmt: skip
            assert main(command.split()) == 0, command
            out, err = capfd.readouterr()
            assert not found(out + err), command
    finally:
        WATCHING[0] = False
    assert not [started for started in STARTED if found(started)]
    for name, content in everything(pole, "words", "platform.key"):
        assert not found(content), name


def journaled(pole: Path) -> bool:
    """Whether the node has sealed something."""
    return any(content.strip(b"\xff") for _, content in everything(pole / "journal"))


def test_commands_tell_nobody(pole: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = str(pole / "pole.toml")
    for words in (
        ["check", settings], ["identity", "show", settings],
        ["identity", "csr", settings, "--serial", "PB-0001"], ["identity", "show", "missing.toml"],
        ["journal", str(pole / "journal")], ["run", "--settings", "missing.toml"],
    ):  # fmt: skip
        with contextlib.suppress(SystemExit):
            main(words)
        out, err = capfd.readouterr()
        assert out + err and not found(out + err), words


@pytest.mark.parametrize("damage", ["cut", "grown", "0x", "letter", "space", "out of range"])
def test_errors_of_a_damaged_key_do_not_show_it(damage: str, tmp_path: Path) -> None:
    digits = f"{D:064x}"
    text = {
        "cut": digits[:-1], "grown": digits + "0", "0x": "0x" + digits, "letter": digits[:-1] + "g",
        "space": digits[:32] + " " + digits[32:], "out of range": "f" * 64,
    }[damage]  # fmt: skip
    path = tmp_path / "device.key"
    path.write_text(text, encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(OSError) as error:
        keys.load_or_create(path)
    shown = "".join(traceback.format_exception(error.value))
    assert not found(shown) and text[:16] not in shown


def test_errors_of_a_passphrase_do_not_show_it(pole: Path) -> None:
    (pole / "device.key").write_bytes(pkcs8.encrypted(D, b"another"))
    with pytest.raises(OSError) as error:
        keys.load_or_create(pole / "device.key")
    assert not found("".join(traceback.format_exception(error.value)))


def test_signers_and_their_errors_show_no_key() -> None:
    for signer in (LibcryptoSigner(D), PlainSigner(D, Entropy()), Es256Signer(D)):
        assert not found(repr(signer) + str(signer))
        with pytest.raises((TypeError, AttributeError)) as error:
            signer.sign(None)  # type: ignore[arg-type]
        assert not found("".join(traceback.format_exception(error.value)))
    key = sm2.SigningKey(D)
    assert not found(repr(key) + str(key))
    for wrong in (0, sm2.N, D << 256):
        with pytest.raises(ValueError) as refused:
            sm2.SigningKey(wrong)
        assert not found(str(refused.value))


def test_a_board_shows_no_key() -> None:
    program = (
        "from agent.protocols.signers import SoftSigner\n"
        "from board.entropy import Entropy\n"
        "import sys\n"
        "key = int(sys.stdin.readline())\n"
        "signer = SoftSigner(key, Entropy())\n"
        "print(signer, signer.sign(b'm').hex(), signer.public.hex())\n"
        "for work in (lambda: signer.sign(5), lambda: SoftSigner(key << 8, Entropy())):\n"
        "    try:\n        work()\n"
        "    except Exception as error:\n        sys.print_exception(error)\n"
    )
    done = subprocess.run(
        [interpreter(), "-X", "heapsize=1M", "-c", program], input=f"{D}\n", cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.count("Traceback") == 2, done.stdout + done.stderr
    assert "SoftSigner" in done.stdout, done.stderr
    assert not found(done.stdout + done.stderr)

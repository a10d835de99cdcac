"""Many devices at once, what leaves the authority, and the command line."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from agent.errors import BadSettings
from agent.linux import secrecy
from agent.protocols import sm2
from provisioning import registry
from provisioning.authority import batch, certificates, enroll, export, folder, key_file
from provisioning.authority.application import Application
from provisioning.authority.folder import Authority
from tests.host import authority_case
from tests.host.authority_case import NOW, PASSPHRASE, request, tls_request

DISTID = "distid:1234567812345678"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_case.make(tmp_path_factory.mktemp("authority") / "jinjiang")


@pytest.fixture
def authority(made: Path) -> Iterator[Authority]:
    """The same authority with an empty register."""
    opened = folder.open_folder(made, PASSPHRASE)
    yield opened
    opened.register.close()
    (made / "register.db").unlink()
    folder.DeviceRegister(made / "register.db").close()


def delivery(where: Path, count: int, **changed: str) -> Path:
    """A CSV of count devices with their requests; ``changed`` replaces cells of the first line."""
    path = where / "delivery.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        columns = ["serial", "mac", "pole", "longitude", "latitude", "datum", "csr"]
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for number in range(1, count + 1):
            serial = f"PB-{number:04}"
            (where / f"{serial}.csr").write_bytes(request(serial, 1000 + number))
            line = {
                "serial": serial,
                "mac": f"24:6f:28:00:00:{number:02x}",
                "pole": f"CD-{number:04}",
                "longitude": "104.0693",
                "latitude": "30.5704",
                "datum": "GCJ-02",
                "csr": f"{serial}.csr",
            }
            writer.writerow(line | (changed if number == 1 else {}))
    return path


def test_a_batch_that_was_cut_short_goes_on(authority: Authority, tmp_path: Path) -> None:
    path, out = delivery(tmp_path, 9), tmp_path / "out"
    first = batch.run(authority, path, out, lambda: NOW)
    assert [next(first).state for _ in range(4)] == ["enrolled"] * 4
    first.close()
    (out / "PB-0002.pem").unlink()  # the crash came before the file
    again = [one.state for one in batch.run(authority, path, out, lambda: NOW)]
    assert again == ["already"] * 4 + ["enrolled"] * 5
    assert len(authority.register.devices()) == 9
    assert len(list(out.glob("*.pem"))) == 9
    pem = (out / "PB-0002.pem").read_bytes()
    found = authority.register.certificate_of(sm2.public_key(1002))
    assert found is not None
    assert key_file.unpem("CERTIFICATE", pem) == found.der


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"csr": "gone.csr"}, "No such file"),
        ({"longitude": "east"}, "expected degrees"),
        ({"datum": ""}, "needs its datum"),
        ({"serial": "PB-0002"}, "not for 'PB-0002'"),
        ({"csr": "PB-0002.csr"}, "not for 'PB-0001'"),
        ({"mac": "24:6f:28:00:00"}, "six pairs"),
    ],
)
def test_a_bad_line_stops_no_other(
    authority: Authority, tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    path = delivery(tmp_path, 3, **changed)
    outcomes = list(batch.run(authority, path, tmp_path / "out", lambda: NOW))
    assert [one.state for one in outcomes] == ["refused", "enrolled", "enrolled"]
    assert sentence in outcomes[0].reason
    assert outcomes[0].line == 2


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for data in (b"\xff\xfe\x00", b"name;csr\nx;y\n", b""):
        path.write_bytes(data)
        with pytest.raises(BadSettings):
            batch.read(path)


def test_a_platform_gets_every_key_and_every_place(authority: Authority, tmp_path: Path) -> None:
    first = authority_case.NOW
    enroll.enroll(authority, Application("A", request("A", 1), pole="P-1"), first)
    enroll.rotate(authority, Application("A", request("A", 2)), first + timedelta(days=1))
    enroll.move(authority, "A", "P-2", None, first + timedelta(days=2))
    enroll.enroll(authority, Application("B", request("B", 3)), first)
    enroll.revoke(authority, "B", "stolen", first + timedelta(days=3))
    path = tmp_path / "registry.json"
    export.registry(authority, sm2.public_key(9), first + timedelta(days=4)).save(path)
    read = registry.load(path)
    a, b = read.devices
    assert (a.id, a.name, len(a.public), a.former) == ("P-2", "A", 2, [])
    stay = a.stay_at(int((first + timedelta(days=1)).timestamp()))
    assert stay is not None
    assert stay.pole == "P-1"
    assert a.stay_at(int(first.timestamp()) - 1) is None
    assert (b.public, len(b.former)) == ([], 1)
    trusted = read.keys()
    assert sm2.public_key(3) not in trusted
    assert sm2.public_key(3) in read.all_keys()
    later = export.registry(authority, sm2.public_key(9), first + timedelta(days=40))
    assert len(later.devices[0].public) == 1, "the old key of a rotation ends"


def test_openssl_reads_the_revocation_lists(authority: Authority, tmp_path: Path) -> None:
    asked = Application("A", request("A", 1), tls_csr=tls_request("A"))
    enroll.enroll(authority, asked, NOW)
    enroll.revoke(authority, "A", "stolen", NOW)
    sm2_list, tls_list = export.revocation_lists(authority, tmp_path, NOW)
    held = authority.register.certificates("A")
    number = next(one.number for one in held if one.kind == "sm2").lstrip("0").upper()
    shown = subprocess.run(
        ["openssl", "crl", "-in", sm2_list, "-noout", "-text"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert number in shown
    parsed = x509.load_pem_x509_crl(sm2_list.read_bytes())
    certificates.check_signature(
        parsed.tbs_certlist_bytes, parsed.signature, authority.issuer.public
    )
    done = subprocess.run(
        ["openssl", "crl", "-in", tls_list, "-noout", "-CAfile",
         str(authority.folder / "tls-issuing.pem")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "verify OK" in done.stderr


def test_what_ends_soon_is_listed(authority: Authority) -> None:
    enroll.enroll(authority, Application("A", request("A", 1)), NOW)
    enroll.enroll(authority, Application("B", request("B", 2)), NOW - timedelta(days=3600))
    assert [one.serial for one in export.due(authority, NOW + timedelta(days=90))] == ["B"]
    enroll.rotate(authority, Application("B", request("B", 3)), NOW)
    assert export.due(authority, NOW + timedelta(days=90)) == []


def pole(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli.main", "authority", *arguments]
    return subprocess.run(
        command, cwd=where, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip


def test_the_command_line(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE + b"\n")
    keys = ("--passphrase-file", str(secret))
    refused = pole(tmp_path, "init", "jj", "--organisation", "Jinjiang", *keys,
                   "--root-passphrase-file", str(secret))  # fmt: skip
    assert refused.returncode == 1
    assert "chmod 600" in refused.stderr
    secret.chmod(0o600)
    assert pole(tmp_path, "init", "jj", "--organisation", "Jinjiang").returncode == 1
    done = pole(tmp_path, "init", "jj", "--organisation", "Jinjiang", *keys,
                "--root-passphrase-file", str(secret))  # fmt: skip
    assert done.returncode == 0, done.stderr
    (tmp_path / "A.csr").write_bytes(request("A", 0xABCDEF0123456789))
    done = pole(tmp_path, "enroll", "jj", "A", "--csr", "A.csr", "--pole", "P-1",
                "--place", "104.0693,30.5704", "--datum", "GCJ-02", *keys)  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = subprocess.run(
        ["openssl", "x509", "-in", "A.pem", "-noout", "-subject"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "CN = A" in text
    assert "P-1" in pole(tmp_path, "show", "jj").stdout
    assert "enrolled" in pole(tmp_path, "show", "jj", "A").stdout
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"something else\n")
    wrong.chmod(0o600)
    done = pole(tmp_path, "revoke", "jj", "A", "--reason", "x", "--passphrase-file", str(wrong))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "wrong passphrase" in done.stderr
    for name in ("export", "crl", "server", "due"):
        assert pole(tmp_path, name, "--help").returncode == 0
    done = pole(tmp_path, "export", "jj", "--out", "registry.json", *keys)
    assert "devices 1, valid keys 1" in done.stdout
    made = pole(tmp_path, "server", "jj", "localhost", "127.0.0.1", "--out", "broker", *keys)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "broker" / "localhost.key").stat().st_mode & 0o077 == 0


def test_a_process_with_keys_leaves_no_core() -> None:
    script = (
        "import ctypes, resource; from agent.linux.secrecy import keep_secrets; keep_secrets();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert said == "(0, 0) 0\n", "no core file, and not dumpable (PR_GET_DUMPABLE)"


def test_a_passphrase_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(b"secret\n")
    path.chmod(0o640)
    with pytest.raises(BadSettings, match="chmod 600"):
        secrecy.read_passphrase(path)
    path.chmod(0o600)
    assert secrecy.read_passphrase(path) == b"secret"

"""The authority: certificates that OpenSSL accepts, and a register that nothing slips through."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from agent.errors import AgentError, BadSettings, BadSignature
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer, make_verifier
from agent.protocols import sm2
from provisioning.authority import enroll, export, folder, key_file, records
from provisioning.authority.application import Application
from provisioning.authority.coordinates import Place
from provisioning.authority.folder import Authority
from tests.host import authority_case
from tests.host.authority_case import NOW, PASSPHRASE, ROOT_PASSPHRASE, request, tls_request

DISTID = ("-vfyopt", "distid:1234567812345678")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority's folder, made once: key derivation is slow on purpose."""
    return authority_case.make(tmp_path_factory.mktemp("authority") / "jinjiang")


@pytest.fixture
def authority(made: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The same authority with an empty register."""
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    opened = folder.open_folder(made, PASSPHRASE)
    yield opened
    opened.register.close()
    (made / "register.db").unlink()
    folder.DeviceRegister(made / "register.db").close()


def openssl(where: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What openssl says; it must succeed."""
    done = subprocess.run(["openssl", *arguments], cwd=where, input=stdin, capture_output=True)
    assert done.returncode == 0, (arguments, done.stderr.decode())
    return done.stdout.decode() + done.stderr.decode()


def test_openssl_accepts_every_certificate_and_request(
    authority: Authority, tmp_path: Path
) -> None:
    where = authority.folder
    (tmp_path / "device.csr").write_bytes(
        key_file.pem("CERTIFICATE REQUEST", request("PB-1", 1001))
    )
    asked = Application("PB-1", request("PB-1", 1001), tls_csr=tls_request("PB-1"))
    issued = enroll.enroll(authority, asked, NOW)
    (tmp_path / "device.pem").write_bytes(issued.sm2)
    assert issued.tls is not None
    (tmp_path / "tls.pem").write_bytes(issued.tls)
    at = ("-attime", str(int(NOW.timestamp()) + 60))
    openssl(tmp_path, "req", "-in", "device.csr", "-verify", "-noout", *DISTID)
    # OpenSSL 3.0 gives the user id to the last certificate of a chain alone: so one step a time.
    root, issuing = str(where / "root.pem"), str(where / "issuing.pem")
    root_certificate = x509.load_pem_x509_certificate(Path(root).read_bytes())
    (tmp_path / "root.tbs").write_bytes(root_certificate.tbs_certificate_bytes)
    (tmp_path / "root.sig").write_bytes(root_certificate.signature)
    (tmp_path / "root.pub").write_text(openssl(tmp_path, "x509", "-in", root, "-noout", "-pubkey"))
    said = openssl(tmp_path, "dgst", "-sm3", "-sigopt", DISTID[1], "-verify", "root.pub",
                   "-signature", "root.sig", "root.tbs")  # fmt: skip
    assert "Verified OK" in said
    openssl(tmp_path, "verify", *DISTID, *at, "-x509_strict", "-CAfile", root, issuing)
    openssl(tmp_path, "verify", *DISTID, *at, "-x509_strict", "-partial_chain", "-CAfile", issuing,
            "device.pem")  # fmt: skip
    tls_root, tls_issuing = str(where / "tls-root.pem"), str(where / "tls-issuing.pem")
    openssl(tmp_path, "verify", *at, "-x509_strict", "-purpose", "sslclient",
            "-CAfile", tls_root, "-untrusted", tls_issuing, "tls.pem")  # fmt: skip
    text = openssl(tmp_path, "x509", "-in", "device.pem", "-noout", "-text")
    assert "SM2-with-SM3" in text
    assert "CN = PB-1" in text
    assert openssl(where, "pkey", "-in", "issuing.key", "-passin", "stdin", "-noout", "-check",
                   stdin=PASSPHRASE + b"\n")  # fmt: skip


def test_a_request_changed_on_the_way_is_refused(authority: Authority) -> None:
    csr = request("PB-1", 1001)
    for at in range(len(csr)):
        changed = csr[:at] + bytes((csr[at] ^ 1,)) + csr[at + 1 :]
        with pytest.raises(AgentError):
            enroll.enroll(authority, Application("PB-1", changed), NOW)
    assert authority.register.devices() == []


def test_enrolling_twice_changes_nothing(authority: Authority) -> None:
    asked = Application("PB-1", request("PB-1", 1001), mac="24-6F-28-AA-BB-01")
    first = enroll.enroll(authority, asked, NOW)
    again = enroll.enroll(authority, asked, NOW + timedelta(days=1))
    assert (first.fresh, again.fresh) == (True, False)
    assert again.sm2 == first.sm2


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Application("PB-1", request("PB-1", 1002)), "another key"),
        (Application("PB-2", request("PB-2", 1001)), "belongs to PB-1 already"),
        (Application("PB-2", request("PB-2", 1002), mac="24:6f:28:aa:bb:01"), "belongs to PB-1"),
        (Application("PB-2", request("PB-2", 1002), mac="246f28aabb01"), "six pairs"),
        (Application("PB-2", request("PB-3", 1002)), "is for 'PB-3'"),
        (Application("PB/2", request("PB/2", 1002)), "no serial"),
        (Application("PB-2", request("PB-2", 1002), pole="P-1"), "PB-1 is at P-1"),
        (Application("PB-2", b"hello"), "no certificate request"),
        (Application("PB-2", tls_request("PB-2")), "SM2"),
        (Application("PB-2", request("PB-2", 1002), tls_csr=request("PB-2", 1002)), "P-256"),
    ],
)
def test_what_is_taken_already_is_refused(
    authority: Authority, asked: Application, sentence: str
) -> None:
    enroll.enroll(
        authority,
        Application("PB-1", request("PB-1", 1001), mac="24-6F-28-AA-BB-01", pole="P-1"),
        NOW,
    )
    with pytest.raises(BadSettings, match=sentence):
        enroll.enroll(authority, asked, NOW)
    assert [device.serial for device in authority.register.devices()] == ["PB-1"]


def test_a_rotation_overlaps(authority: Authority) -> None:
    enroll.enroll(authority, Application("PB-1", request("PB-1", 1001)), NOW)
    later = NOW + timedelta(days=300)
    asked = Application("PB-1", request("PB-1", 2001))
    assert enroll.rotate(authority, asked, later).fresh
    assert not enroll.rotate(authority, asked, later).fresh
    old, new = authority.register.certificates("PB-1")
    assert old.end == int((later + enroll.OVERLAP).timestamp())
    assert new.begin == int(later.timestamp())
    assert new.end > old.end
    assert (old.revoked, new.revoked) == (None, None)


def test_the_key_for_tls_is_renewed_alone(authority: Authority) -> None:
    first = ec.generate_private_key(ec.SECP256R1())
    asked = Application("PB-1", request("PB-1", 1001), tls_csr=tls_request("PB-1", first))
    before = enroll.enroll(authority, asked, NOW)
    later = NOW + timedelta(days=3000)
    due = export.due(authority, NOW + timedelta(days=4000))
    assert [held.kind for held in due] == ["sm2", "tls"]
    asked_again = tls_request("PB-1")
    issued = enroll.renew(authority, "PB-1", asked_again, "next.csr", later)
    assert issued.fresh and issued.sm2 == before.sm2 and issued.tls != before.tls
    assert not enroll.renew(authority, "PB-1", asked_again, "next.csr", later).fresh
    old, new = [one for one in authority.register.certificates("PB-1") if one.kind == "tls"]
    assert old.revoked is None and old.end == (later + enroll.OVERLAP).timestamp() < new.end
    assert [what for _, what, _, _ in authority.register.history("PB-1")] == ["enrolled", "renewed"]
    for serial, csr, said in (
        ("PB-1", tls_request("PB-2"), "next.csr: it is for 'PB-2'"),
        ("PB-1", tls_request("PB-1", first)[:-40], "next.csr: no certificate request"),
        ("PB-2", tls_request("PB-2"), "no device PB-2"),
    ):
        with pytest.raises(BadSettings, match=said):
            enroll.renew(authority, serial, csr, "next.csr", later)


def test_a_reading_resolves_to_the_place_of_its_time(authority: Authority) -> None:
    here, there = Place(1040668000, 305728000), Place(1040700000, 305800000)
    asked = Application("PB-1", request("PB-1", 1001), pole="P-1", place=here)
    enroll.enroll(authority, asked, NOW)
    later = NOW + timedelta(days=10)
    record = enroll.move(authority, "PB-1", "P-2", there, later)
    kid = sm2.kid(sm2.public_key(1001))
    register = authority.register
    for at, pole, place in (
        (NOW, "P-1", here),
        (later - timedelta(seconds=1), "P-1", here),
        (later, "P-2", there),
        (later + timedelta(days=999), "P-2", there),
    ):
        binding = register.binding_at(kid, int(at.timestamp()))
        assert binding is not None
        assert (binding.pole, binding.place) == (pole, place)
    assert register.binding_at(kid, int(NOW.timestamp()) - 1) is None
    said = records.read(record, make_verifier([authority.signer.public]))
    assert said[records.POLE] == "P-2"
    assert said[records.PLACE] == [there.longitude, there.latitude]


def test_a_replacement_keeps_the_lineage(authority: Authority) -> None:
    place = Place(1040668000, 305728000)
    enroll.enroll(authority, Application("A", request("A", 1), pole="P-1", place=place), NOW)
    later = NOW + timedelta(days=1)
    enroll.replace(authority, "A", Application("B", request("B", 2)), later)
    old, new = authority.register.device("A"), authority.register.device("B")
    assert old is not None
    assert new is not None
    assert (old.state, old.replaced_by, new.state) == ("retired", "B", "enrolled")
    assert all(held.revoked for held in authority.register.certificates("A"))
    holder = authority.register.holder_of("P-1")
    assert holder is not None
    assert (holder.serial, holder.place) == ("B", place)
    with pytest.raises(BadSettings, match="replaced by B"):
        enroll.replace(authority, "A", Application("C", request("C", 3)), later)


def test_revoked_is_for_good(authority: Authority) -> None:
    enroll.enroll(authority, Application("A", request("A", 1), pole="P-1"), NOW)
    enroll.revoke(authority, "A", "key compromise", NOW)
    assert authority.register.holder_of("P-1") is None
    for action in (
        lambda: enroll.revoke(authority, "A", "again", NOW),
        lambda: enroll.enroll(authority, Application("A", request("A", 1)), NOW),
        lambda: enroll.rotate(authority, Application("A", request("A", 2)), NOW),
        lambda: enroll.move(authority, "A", "P-2", None, NOW),
    ):
        with pytest.raises(BadSettings, match="A is revoked"):
            action()


def test_retiring_takes_only_the_devices_own_proof(authority: Authority) -> None:
    enroll.enroll(authority, Application("A", request("A", 1)), NOW)
    at = int(NOW.timestamp())
    with pytest.raises(BadSignature):
        enroll.retire(authority, "A", records.wiped(make_signer(2, Entropy()), "A", at), NOW)
    with pytest.raises(BadSettings):
        enroll.retire(authority, "A", records.wiped(make_signer(1, Entropy()), "B", at), NOW)
    proof = records.wiped(make_signer(1, Entropy()), "A", at)
    record = enroll.retire(authority, "A", proof, NOW)
    said = records.read(record, make_verifier([authority.signer.public]))
    assert said[records.PROOF] == proof
    device = authority.register.device("A")
    assert device is not None
    assert device.state == "retired"


def test_wrong_passphrase_and_newer_register_get_one_sentence(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir() if path.is_file()}
    with pytest.raises(BadSettings, match="wrong passphrase"):
        folder.open_folder(made, b"wrong passphrase!")
    with pytest.raises(BadSettings, match="not empty"):
        folder.init(made, "X", ROOT_PASSPHRASE, PASSPHRASE, NOW)
    with pytest.raises(BadSettings, match="characters or more"):
        folder.init(made / "new", "X", b"short", PASSPHRASE, NOW)
    assert {path.name: path.read_bytes() for path in made.iterdir() if path.is_file()} == before


def test_a_newer_or_damaged_register_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    register = folder.DeviceRegister(path)
    register._file.execute("PRAGMA user_version = 99")
    register.close()
    before = path.read_bytes()
    with pytest.raises(BadSettings, match="newer version"):
        folder.DeviceRegister(path)
    assert path.read_bytes() == before
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(BadSettings, match="no register"):
        folder.DeviceRegister(path)


def test_keys_are_private_and_never_plain(made: Path) -> None:
    for path in (*made.glob("*.key"), *(made / "root").glob("*.key")):
        assert path.stat().st_mode & 0o077 == 0
        assert b"ENCRYPTED" in path.read_bytes()

"""``pole retire`` leaves no secret behind: nor that of a carrier. What a file held is looked at by
another name of the same file."""

import os
from pathlib import Path

from provisioning.authority import shared_secret
from tests.host.test_identity import SECURE, good, pole

SEALED = SECURE.replace(
    """carrier = "mqtt"
url = "mqtts://localhost:8883"
certificate = "tls.pem"
certificate_key = "tls.key"
""",
    """carrier = "coap"
url = "coap://localhost"
oscore = "PB-1.device"
""",
)


def test_the_keys_for_tls_are_wiped(tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SECURE)
    good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1", "--tls")
    good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1")
    (tmp_path / "tls.pem").write_text("a certificate\n")
    (tmp_path / "tls.key.next").write_bytes((tmp_path / "tls.key").read_bytes())
    names = ("device.key", "tls.key", "tls.key.next", "tls.pem")
    _retire_and_look(tmp_path, names)


def test_the_oscore_context_is_wiped_and_nothing_else_there(tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SEALED)
    good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1")
    context = tmp_path / "PB-1.device"
    shared_secret.make("PB-1", tmp_path)
    (context / "sequence.json").write_text('{"next-to-send": 1000}\n')
    (context / "lock").touch()
    parts = ("secret.json", "oscore.cbor", "settings.json", "sequence.json")
    names = [f"PB-1.device/{name}" for name in parts]
    _retire_and_look(tmp_path, ("device.key", *names))
    assert not context.exists()


def test_a_folder_that_holds_more_than_a_context_stays(tmp_path: Path) -> None:
    (tmp_path / "pole.toml").write_text(SEALED.replace("PB-1.device", "."))
    good(tmp_path, "identity", "csr", "pole.toml", "--serial", "PB-1")
    (tmp_path / "secret.json").write_text("{}")
    _retire_and_look(tmp_path, ("device.key", "secret.json"))
    assert (tmp_path / "pole.toml").read_text().startswith("[pole]")


def _retire_and_look(where: Path, names: tuple[str, ...]) -> None:
    """Retire; those files are named before, gone after, and were overwritten."""
    kept = {name: where / f"kept-{number}" for number, name in enumerate(names)}
    for name, link in kept.items():
        os.link(where / name, link)
    done = pole(where, "retire", "pole.toml", "--serial", "PB-1")
    assert done.returncode == 1
    assert all(name in done.stderr for name in names), done.stderr
    assert all((where / name).exists() for name in names), "nothing is wiped without --yes"
    good(where, "retire", "pole.toml", "--serial", "PB-1", "--yes")
    for name, link in kept.items():
        assert not (where / name).exists(), name
        assert set(link.read_bytes()) == {ord("0")}, name

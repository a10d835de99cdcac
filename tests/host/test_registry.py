"""The registry of devices, as a person writes it by hand."""

import json
import socket
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import BadSettings
from agent.protocols import sm2
from provisioning import registry

PUBLIC = sm2.public_key(7).hex()


def test_devices_are_all_that_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({"devices": [{"id": "P1", "public": [PUBLIC]}]}))
    found = registry.load(path)
    assert [(device.id, device.name) for device in found.devices] == [("P1", "P1")]
    assert found.platform == b""


@pytest.mark.parametrize(
    "text,words",
    [
        ('{"devices": [', "JSON: Expecting value: line 1"),
        ("[]", 'expected {"devices": [...]}'),
        ('{"devices": 5}', 'expected {"devices": [...]}'),
        ('{"devices": [{"id": "P1", "public": [""]}]}', "device 1: expected public keys of 130"),
    ],
)
def test_what_is_wrong_with_it_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "registry.json"
    path.write_text(text)
    with pytest.raises(BadSettings) as found:
        registry.load(path)
    assert words in str(found.value)


@pytest.mark.parametrize(
    "kind,option", [(socket.SOCK_DGRAM, "--coap"), (socket.SOCK_STREAM, "--web")]
)
def test_a_second_platform_on_one_port_ends_with_a_sentence(
    kind: socket.SocketKind, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as aiocoap does
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        other = "--web" if option == "--coap" else "--coap"
        arguments = [option, place, other, "127.0.0.1:0", "--data", str(tmp_path / "data")]
        assert main(["platform", "--registry", str(tmp_path / "none.json"), *arguments]) == 1
    assert capsys.readouterr().err == f"pole: {option} {place}: address already in use\n"
    assert not (tmp_path / "data").exists()


def test_a_key_is_found_without_looking_at_all_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    public = [sm2.public_key(number) for number in (11, 12, 13)]
    first = registry.RegisteredDevice("P1", "one", public[:1])
    second = registry.RegisteredDevice("P2", "two", public[1:2], former=public[2:])
    known = registry.Registry([first])
    known.add(second)
    kids = [sm2.kid(key) for key in public]
    with monkeypatch.context() as patched:
        patched.delattr(sm2, "kid")  # a look-up hashes nothing
        assert [known.by_kid(kid) for kid in kids] == [first, second, second]
        assert known.by_kid(bytes(8)) is None
    known.remove(first)
    assert [known.by_kid(kid) for kid in kids] == [None, second, second]


@pytest.mark.parametrize("device_id,key,words", [("P1", 12, "registered"), ("P2", 11, "another")])
def test_no_id_and_no_key_comes_twice(device_id: str, key: int, words: str) -> None:
    known = registry.Registry([registry.RegisteredDevice("P1", "one", [sm2.public_key(11)])])
    other = registry.RegisteredDevice(device_id, "two", [sm2.public_key(key)])
    with pytest.raises(ValueError, match=words):
        known.add(other)
    assert len(known.devices) == 1 and known.by_kid(sm2.kid(sm2.public_key(12))) is None

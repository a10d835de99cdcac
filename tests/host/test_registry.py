"""The registry of devices, as a person writes it by hand."""

import json
from pathlib import Path

import pytest

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

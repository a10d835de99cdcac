"""Several workers in one authority's folder at once: they enrol boards, retire and replace them."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from provisioning import registry
from provisioning.authority import enroll, folder, key_file
from provisioning.authority.application import Application
from provisioning.authority.register import SM2, TLS
from tests.host import authority_case
from tests.host.micropython import ROOT

WORKERS, BOARDS = 8, 12


def test_eight_workers_lose_nothing_and_share_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = authority_case.of_today(tmp_path / "jinjiang", monkeypatch)
    password = authority_case.passphrase_file(tmp_path / "issuing.pass")
    out = tmp_path / "certificates"
    registry.Registry().save(tmp_path / "registry.json")
    said = _all_at_once(authority, password, out, tmp_path / "registry.json")

    # Each board of its own is in; a serial and a MAC that all have went to one of them.
    own = {f"PB-{w}-{n:02}" for w in range(WORKERS) for n in range(BOARDS)}
    outcomes = [(serial, word) for one in said for serial, word in one.items()]
    assert {serial for serial, word in outcomes if word == "enrolled"} >= own | {"PB-SAME"}
    assert [word for serial, word in outcomes if serial == "PB-SAME"].count("enrolled") == 1
    by_mac = [serial for serial, word in outcomes if serial.startswith("PB-MAC") and word ==
              "enrolled"]  # fmt: skip
    assert len(by_mac) == 1
    assert {word for _, word in outcomes} == {"enrolled", "duplicate"}

    devices = own | {"PB-SAME", *by_mac}
    register = folder.open_folder(authority, authority_case.PASSPHRASE).register
    assert {device.serial for device in register.devices()} == devices
    held = register.certificates()
    assert len({one.number for one in held}) == len(held) == 2 * len(devices)
    for serial in devices:
        kinds = sorted(one.kind for one in register.certificates(serial))
        assert kinds == sorted((SM2, TLS)), serial
        assert [what for _, what, _, _ in register.history(serial)] == ["enrolled"]
    register.close()

    # What lies in the folders is what the register says.
    files = {key_file.unpem("CERTIFICATE", path.read_bytes()) for path in out.glob("*.pem")}
    assert files == {one.der for one in held}
    assert {f"{x509.load_der_x509_certificate(der).serial_number:040x}" for der in files} == {
        one.number for one in held
    }
    assert {path.name for path in out.glob("*.platform")} == {f"{s}.platform" for s in devices}
    known = registry.load(tmp_path / "registry.json").devices
    assert {device.id for device in known} == devices


def test_of_two_who_end_a_device_one_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = authority_case.of_today(tmp_path / "jinjiang", monkeypatch)
    password = authority_case.passphrase_file(tmp_path / "issuing.pass")
    authority = folder.open_folder(place, authority_case.PASSPHRASE)
    for number, serial in enumerate(("PB-RETIRE", "PB-REPLACE"), 1):
        asked = Application(serial, authority_case.request(serial, number), pole=f"CD-{number}")
        enroll.enroll(authority, asked, datetime.now(UTC))
    register = authority.register
    command = [sys.executable, "-m", "tests.host.ending_worker", str(place), str(password)]

    said = _together([[*command, "PB-RETIRE", "-"]] * 2, place)
    assert sorted(said) == ["PB-RETIRE is retired\n", "done\n"]
    assert [what for _, what, _, _ in register.history("PB-RETIRE")].count("retired") == 1

    news = ["PB-NEW-1", "PB-NEW-2"]
    said = _together([[*command, "PB-REPLACE", new] for new in news], place)
    winner, loser = sorted(news, key=lambda new: said[news.index(new)] != "done\n")
    assert said[news.index(loser)] == f"PB-REPLACE was replaced by {winner} already\n"
    old = register.device("PB-REPLACE")
    assert old is not None and (old.state, old.replaced_by) == ("retired", winner)
    assert register.device(loser) is None, "who came second left something behind"
    there = register.holder_of("CD-2")
    assert there is not None and there.serial == winner
    assert [what for _, what, _, _ in register.history("PB-REPLACE")].count("replaced") == 1
    register.close()


def _all_at_once(authority: Path, password: Path, out: Path, known: Path) -> list[dict[str, str]]:
    """What each worker said."""
    command = [sys.executable, "-m", "tests.host.enrol_worker", str(authority), str(password),
               str(out), str(known)]  # fmt: skip
    workers = [[*command, str(number), str(BOARDS)] for number in range(WORKERS)]
    return [json.loads(text) for text in _together(workers, authority)]


def _together(commands: list[list[str]], authority: Path) -> list[str]:
    """What each worker said. The register is held until all have begun to want it."""
    workers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for command in commands
    ]  # fmt: skip
    held = folder.open_folder(authority, authority_case.PASSPHRASE).register
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        with held:
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
            time.sleep(1)  # proves nothing: the longer, the more of them wait at the same place
        said = [worker.communicate(timeout=400) for worker in workers]
    finally:
        held.close()
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [errors for _, errors in said if errors] == []
    return [text for text, _ in said]

"""`pole doctor`: each trouble of a line has its name, and its evidence."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli import doctor as command
from agent.cli.main import main, parser
from agent.cli.speech import Speaker, wide
from agent.cli.texts import TEXTS
from agent.kit import safety
from agent.kit.counts import Target
from agent.kit.doctor import Diagnosis, diagnose
from agent.kit.identify import first_ask
from agent.linux.direction import Direction
from agent.protocols import modbus
from simulators.world.dice import Dice
from simulators.world.sensors.twin import FOREIGN, GARBAGE, REFUSES, SILENT
from simulators.world.troubled_line import ForeignMaster
from tests.host.kit_lines import Pty, driver_of, dyp, patience, tilt, troubled, twin_of

ROUNDS = 20


def level(unit: int = 1) -> Target:
    return Target("level", driver_of("dyp-ultrasonic", address=unit), unit)


def cover() -> Target:
    return Target("cover", driver_of("witmotion-tilt", address=0x50), 0x50)


def examined(
    twins: list[Any], targets: list[Target], mode: str = "9600 8N1", **faults: Any
) -> Diagnosis:
    """What the doctor finds on a simulated line; it must only have read."""
    wire, line = troubled(twins, faults.pop("real_mode", "9600 8N1"), **faults)
    found = diagnose(wire, mode, targets, ROUNDS, lambda code, values: None)
    for data in line.sent:
        assert not list(safety.writes(data))
    for lang in ("en", "zh"):
        for finding in found.findings:  # every text can be filled in
            assert Speaker(lang).text(finding.code, **finding.values)
            for code, values in finding.evidence:
                assert Speaker(lang).text(code, **values)
    return found


def codes(found: Diagnosis) -> list[str]:
    return [finding.code for finding in found.findings]


def broken(twin: Any, fault: str) -> Any:
    twin.fault = fault
    return twin


def test_a_healthy_line() -> None:
    found = examined([dyp(1), tilt(0x50)], [level(), cover()])
    assert codes(found) == ["healthy"] and found.healthy
    assert [part.answered for part in found.counts] == [ROUNDS, ROUNDS]


def test_an_echo_is_harmless() -> None:
    found = examined([dyp(1)], [level()], echo=True)
    assert codes(found) == ["echo"] and found.healthy
    assert found.findings[0].evidence[0][1] == {"count": ROUNDS, "asked": ROUNDS}


def test_total_silence_is_power_or_swapped_wires() -> None:
    for faults in ({"swapped": True}, {}):
        twins = [dyp(1), tilt(0x50)] if faults else []
        found = examined(twins, [level(), cover()], **faults)
        assert codes(found) == ["silent-line"] and not found.healthy
    assert "A" in TEXTS["silent-line"][0] and "对调" in TEXTS["silent-line"][1]


def test_an_adapter_that_hears_only_itself() -> None:
    assert codes(examined([], [level()], echo=True)) == ["echo-silent"]


@pytest.mark.parametrize("real", ["4800 8N1", "115200 8N1", "2400 8E1"])
def test_a_wrong_speed_is_told_with_the_right_one(real: str) -> None:
    found = examined([dyp(1)], [level()], real_mode=real)
    assert codes(found) == ["wrong-speed"] and found.findings[0].values == {"mode": real}


def test_a_wrong_address_is_told_with_the_right_one() -> None:
    found = examined([dyp(5)], [level(2)])
    assert codes(found) == ["wrong-id"]
    assert found.findings[0].values == {"asked": 2, "other": 5}
    found = examined([broken(dyp(1), FOREIGN)], [level()])
    assert codes(found) == ["wrong-id"] and found.findings[0].values["other"] == 2


def test_one_silent_device_does_not_blame_the_wires() -> None:
    found = examined([broken(dyp(1), SILENT), tilt(0x50)], [level(), cover()])
    assert codes(found) == ["silent-device"]
    assert found.findings[0].values == {"name": "level"}


def test_two_devices_of_one_address() -> None:
    # Both answer at a time: values are spoilt, refusals are not.
    found = examined([dyp(1, 40), dyp(1, 900)], [level()])
    assert codes(found) == ["two-devices"]
    assert found.findings[0].evidence[-1][0] == "ev-alike"
    # One is slower: a second reply follows.
    slow = dyp(1, 900)
    slow.turnaround_ms = 150
    found = examined([dyp(1, 40), slow], [level()])
    assert codes(found) == ["two-devices"]
    assert found.findings[0].evidence[-1][0] == "ev-double"


def test_noise_is_the_cable() -> None:
    found = examined([dyp(1), tilt(0x50)], [level(), cover()], dice=Dice(4), loss=400)
    assert codes(found) == ["noise", "noise"]
    assert 15 <= found.findings[0].values["percent"] <= 65


def test_only_garbage_and_no_other_speed() -> None:
    assert codes(examined([broken(dyp(1), GARBAGE)], [level()])) == ["garbage"]


def test_damage_of_one_device_alone() -> None:
    found = examined([broken(dyp(1), GARBAGE), tilt(0x50)], [level(), cover()])
    assert codes(found) == ["maybe-two"]


def test_another_master() -> None:
    found = examined([dyp(1), ForeignMaster(9)], [level()])
    assert codes(found) == ["foreign-master"]
    assert found.findings[0].evidence[0][1]["units"] == "9"


def test_something_that_talks_on_an_asked_line() -> None:
    found = examined([dyp(1), twin_of("winsen-ze07")], [level()])
    assert codes(found)[0] == "talks"


def test_a_device_that_is_expected_to_talk() -> None:
    gas = Target("gas", driver_of("winsen-ze07"), None)
    assert codes(examined([twin_of("winsen-ze07")], [gas])) == ["healthy"]
    assert codes(examined([], [gas])) == ["silent-line"]


@pytest.mark.parametrize("model,options,real", [
    ("winsen-ze07", {}, "4800 8N1"),
    ("dlt645-meter", {"meter": 161}, "9600 8N1"),
])  # fmt: skip
def test_a_wrong_speed_of_what_has_no_address(
    model: str, options: dict[str, int], real: str
) -> None:
    target = Target("it", driver_of(model, **options), None)
    found = examined([twin_of(model)], [target], "19200 8N1", real_mode=real)
    assert codes(found) == ["wrong-speed"] and found.findings[0].values == {"mode": real}


def test_a_meter_that_is_asked_in_its_own_words() -> None:
    meter = Target("meter", driver_of("dlt645-meter", meter=161), None)
    found = examined([twin_of("dlt645-meter")], [meter], "2400 8E1", real_mode="2400 8E1")
    assert codes(found) == ["healthy"]


def test_another_model_and_a_refusal() -> None:
    found = examined([broken(dyp(1), REFUSES)], [level()])
    assert codes(found) == ["refused"] and found.findings[0].values == {"unit": 1, "code": 4}

    class Longer:
        """Answers every read with four registers."""

        unit, turnaround_ms = 1, 10

        def tick(self, now: int) -> bytes:
            return b""

        def receive(self, data: bytes, now: int) -> bytes:
            return modbus.rtu_frame(1, bytes((data[1], 8)) + bytes(8)) if data[0] == 1 else b""

    assert codes(examined([Longer()], [level()])) == ["wrong-model"]


def test_losing_and_late() -> None:
    found = examined([dyp(1)], [level()], dice=Dice(5), drop=250)
    assert codes(found) == ["losing"] and found.findings[0].values["percent"] >= 5

    slow = dyp(1)
    slow.turnaround_ms = 640  # its driver waits for 600
    found = examined([slow], [level()])
    assert codes(found) == ["late"] and found.counts[0].late == ROUNDS


def test_to_be_away_between_two_looks_is_no_silence() -> None:
    wire, line = troubled([dyp(1)])
    time: Any = wire.time
    looked = line.read

    def read() -> bytes:
        data = bytes(looked())
        time.now += 700  # its driver waits for 600
        line.advance(time.now)
        return data

    line.read = read
    wire.open("9600 8N1")
    assert wire.ask(first_ask(level().driver)).error is None


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_a_terminal(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [([], {}), ([dyp(1), tilt(0x50)], {"dice": Dice(4), "loss": 400}), ([dyp(5)], {})]
    for twins, faults in cases:
        command.show(examined(twins, [level(), cover()], **faults), Speaker(lang))
    said = capsys.readouterr().out
    assert max(wide(text) for text in said.splitlines()) <= 80
    assert ("依据" in said) == (lang == "zh")


def test_every_text_has_both_languages_and_the_same_places() -> None:
    import string

    for code, (english, chinese) in TEXTS.items():
        places = [
            sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
            for text in (english, chinese)
        ]
        assert places[0] == places[1], code
        assert any(ord(letter) > 0x3000 for letter in chinese), code


def test_the_command_on_a_real_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "line.jsonl"
    ask = ["doctor", "--driver", "dyp-ultrasonic", "--id", "1", "--rounds", "3", "--json"]
    with Pty(tmp_path, [dyp(1)]) as line, patience():
        assert main([*ask, "--port", str(line.path), "--record", str(record)]) == 0
    live = json.loads(capsys.readouterr().out)
    assert live["findings"][0]["code"] == "healthy" and live["counts"][0]["answered"] == 3
    assert main([*ask, "--replay", str(record), "--lang", "zh"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["findings"][0]["text"] == "线路正常。"
    assert again["counts"][0]["answered"] == 3


def test_the_devices_of_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pole.toml"
    head = "[pole]\nid = 'P'\n[uplink]\ncarrier = 'coap'\nurl = 'coap://127.0.0.1:1'\n"
    with Pty(tmp_path, [dyp(1), tilt(0x50)]) as line, patience():
        path.write_text(
            f"{head}[[line]]\nname = 'a'\nport = '{line.path}'\nmode = '9600 8N1'\n"
            "[[line.device]]\nname = '水位'\ndriver = 'dyp-ultrasonic'\naddress = 1\nevery = '9s'\n"
            "[[line.device]]\nname = 'cover'\ndriver = 'witmotion-tilt'\naddress = 80\n"
            "every = '9s'\n"
        )
        assert main(["doctor", "--settings", str(path), "--rounds", "2"]) == 0
    assert "水位" in capsys.readouterr().out
    path.write_text(path.read_text().replace("name = 'a'", "name = 'a'\nrts.sending = 'low'"))
    args = parser("doctor").parse_args(["doctor", "--settings", str(path)])
    assert len(command._of_settings(args)) == 2 and args.rts == Direction(False)
    assert main(["doctor", "--settings", str(path), "--line", "b"]) == 1
    assert "there are: a" in capsys.readouterr().err

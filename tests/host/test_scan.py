"""`pole scan`: it finds what is there, says what it is not sure of, and never writes."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from agent import drivers
from agent.cli import scan as command
from agent.cli.main import main, parser
from agent.cli.speech import Speaker, wide
from agent.drivers.ask import ModbusAsk
from agent.kit import identify, safety
from agent.kit.scan import default_ids, default_modes, scan
from agent.linux.direction import Direction
from agent.protocols import modbus
from simulators.world.troubled_line import ForeignMaster, Settable
from tests.host.kit_lines import Pty, driver_of, dyp, patience, tilt, troubled, twin_of
from tests.shared.vectors import octets, published

# What reading alone cannot tell apart, beside those that are asked the same.
ALIKE = [{"plantower-pms5003", "plantower-pms5003t"}, {"witmotion-hwt605", "witmotion-tilt"}]
RARELY = ("hj212-air", "sl651-station", "dlt645-1997")  # the last needs its number
ANYONE = ("digital-inputs", "relay-board", "generic-modbus")


def alike(model: str) -> set[str]:
    """The models that may be taken for one: ALIKE, or asked the same in the same mode."""
    question = asked(model)
    same = {other for other in drivers.models() if asked(other) == question}
    return same.union({model}, *[group for group in ALIKE if model in group])


def asked(model: str) -> tuple[str, bytes]:
    """A model's mode, and its first question (its name where it only listens)."""
    device = drivers.load(model)
    options = identify.defaults(device)
    if model in ANYONE:
        return model, b""
    return device.line, identify.first_ask(device(options)).open("rtu", 0)[0] or model.encode()


def nothing(code: str, values: dict[str, object]) -> None:
    pass


@pytest.mark.parametrize("model", [name for name in drivers.models() if name not in RARELY])
def test_every_model_is_found_and_none_is_written_to(model: str) -> None:
    device = drivers.load(model)
    twin = twin_of(model)
    wire, line = troubled([twin], device.line)
    report = scan(wire, [device.line], [getattr(twin, "unit", 1)], nothing)
    assert len(report.found) == 1, report
    found = report.found[0]
    assert found.unit == getattr(twin, "unit", None)
    fitting = {candidate.model for candidate in found.models}
    if model not in ANYONE:
        assert model in fitting
        assert found.sure == (alike(model) == {model}) or found.models[0].model == model
        assert found.models[0].model in alike(model)
    for data in line.sent:
        assert not list(safety.writes(data)), data.hex()
    assert not list(safety.writes(b"".join(line.sent)))


@pytest.mark.parametrize("model", ["hj212-air", "sl651-station"])
def test_what_reports_rarely_is_heard_by_who_listens_longer(model: str) -> None:
    mode = drivers.load(model).line
    wire, _ = troubled([twin_of(model)], mode)
    report = scan(wire, [mode], [1], nothing, listen_ms=310_000)
    assert [found.models[0].model for found in report.found] == [model]


def test_a_gateway_over_tcp(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    twin = dyp(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=gateway, args=(server, twin), daemon=True).start()
        port = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        asked = [
            "scan",
            "--port",
            port,
            "--ids",
            "1,2",
            "--wait",
            "400",
            "--listen",
            "0.1",
            "--json",
        ]
        assert main([*asked, "--record", str(tmp_path / "line.jsonl")]) == 0
    said = capsys.readouterr().out
    assert main([*asked, "--replay", str(tmp_path / "line.jsonl")]) == 0
    assert capsys.readouterr().out == said
    found = json.loads(said)["found"]
    assert [(part["unit"], part["models"][0]["model"]) for part in found] == [(1, "dyp-ultrasonic")]


def gateway(server: socket.socket, twin: Any) -> None:
    """Modbus TCP in front of one twin."""
    connection = server.accept()[0]
    while True:
        asked = connection.recv(12)
        if len(asked) < 12:
            return
        unit, pdu = asked[6], asked[7:]
        reply = twin.receive(modbus.rtu_frame(unit, pdu), 1000)
        if reply:
            answer = reply[1:-2]
            size = (len(answer) + 1).to_bytes(2, "big")
            connection.sendall(asked[:4] + size + bytes((unit,)) + answer)


def test_whole_lines_of_devices_are_never_written_to() -> None:
    """Every Modbus twin that a driver can renumber, at its address, on one line after another."""
    for model in drivers.models():
        device = drivers.load(model)
        if not device.renumber:
            continue
        twin = Settable(twin_of(model), device.renumber)
        wire, line = troubled([twin], device.line)
        report = scan(wire, default_modes(), default_ids(), nothing)
        assert report.found and twin.written == [], model
        assert all(not 247 < data[0] < 255 and data[0] for data in line.sent if len(data) == 8)


def test_every_published_write_is_known_for_one() -> None:
    commands = 0
    for entry in published():
        request = octets(entry["request_hex"])
        decoded = entry["decoded"] or {}
        if not request or entry["crc_ok"] is False or not isinstance(decoded, dict):
            continue
        if {"write", "command", "coil", "cmd", "set"} & set(decoded) and request[:1] != b"\x50":
            assert list(safety.writes(request)), entry["id"]
            assert list(safety.writes(b"\x00\x41" + request)), "also behind something else"
            commands += 1
        elif {"reg", "co2_ppm", "voltage_v", "pm25_ugm3", "di"} & set(decoded):
            assert not list(safety.writes(request)), entry["id"]
    assert commands >= 25, commands
    for told in ("61 00 01 00 00 00 57 93 02", "62 00 00 00 00 00 2a 04"):  # an MPS
        assert list(safety.writes(octets(told)))
    assert not list(safety.writes(octets("01 00 00 00 00 00 ed 76")))


def test_a_write_never_leaves_a_wire_that_reads() -> None:
    wire, line = troubled([dyp(1)])
    wire.open("9600 8N1")
    for pdu in (modbus.write_register(0x200, 5), modbus.write_coil(0, True)):
        with pytest.raises(safety.Unsafe):
            wire.ask(ModbusAsk(1, pdu, 100))
    with pytest.raises(safety.Unsafe):
        wire.ask(ModbusAsk(0, modbus.read_request(3, 0, 1), 100))
    assert line.sent == []


def test_speed_and_addresses_are_found_and_the_settings_are_right(tmp_path: Path) -> None:
    wire, _ = troubled([dyp(1), tilt(0x50)], "4800 8N1")
    report = scan(wire, default_modes(), default_ids(), nothing)
    assert [(found.mode, found.unit) for found in report.found] == [
        ("4800 8N1", 1), ("4800 8N1", 0x50),
    ]  # fmt: skip
    text = "\n".join(command.settings(report, "/dev/ttyS1"))
    assert 'mode = "4800 8N1"' in text and 'driver = "dyp-ultrasonic"\naddress = 1' in text
    head = "[pole]\nid = 'P'\n[uplink]\ncarrier = 'coap'\nurl = 'coap://127.0.0.1:1'\n"
    path = tmp_path / "pole.toml"
    path.write_text(f"{head}platform_key = '{'04' + 'ab' * 64}'\n{text}\n")
    assert main(["check", str(path)]) == 0


def test_a_slow_and_a_refusing_device_are_found() -> None:
    class Slow:
        unit, turnaround_ms = 7, 140

        def tick(self, now: int) -> bytes:
            return b""

        def receive(self, data: bytes, now: int) -> bytes:
            return modbus.rtu_frame(7, bytes((data[1] | 0x80, 2))) if data[0] == 7 else b""

    wire, _ = troubled([Slow()])
    report = scan(wire, ["9600 8N1"], [6, 7, 8], nothing)
    assert [(found.unit, found.models) for found in report.found] == [(7, [])]


def test_another_master_noise_and_silence_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    wire, _ = troubled([ForeignMaster(9)])
    report = scan(wire, ["9600 8N1"], [1], nothing)
    assert report.foreign[9] >= 3 and not report.found
    command.show(report, Speaker("en"), "/dev/x")
    assert "requests to unit 9" in capsys.readouterr().out
    wire, _ = troubled([twin_of("winsen-ze07")], "19200 8N1")
    report = scan(wire, ["9600 8N1"], [1], nothing)
    assert report.unknown["9600 8N1"] >= 9 and not report.found
    command.show(report, Speaker("zh"), "/dev/x")
    assert "波特率" in capsys.readouterr().out
    wire, _ = troubled([], "9600 8N1")
    command.show(scan(wire, ["9600 8N1"], [1], nothing), Speaker("en"), "/dev/x")
    assert "swap A and B" in " ".join(capsys.readouterr().out.split())


def test_two_devices_of_one_address_are_damage_not_a_model() -> None:
    wire, _ = troubled([dyp(1, 40), dyp(1, 900)])
    report = scan(wire, ["9600 8N1"], [1, 2], nothing)
    assert [(found.unit, found.damaged) for found in report.found] == [(1, True)]


ARGUMENTS = ("scan", "--modes", "9600 8N1", "--ids", "1,80", "--wait", "700")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of a pty with two devices, at real speed."""
    folder = tmp_path_factory.mktemp("scan")
    with Pty(folder, [dyp(1), tilt(0x50)]) as line, patience():
        port = ["--port", str(line.path), "--record", str(folder / "line.jsonl")]
        assert main([*ARGUMENTS, *port]) == 0
    return folder / "line.jsonl"


def test_a_recording_replays(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGUMENTS, "--json", "--replay", str(recording)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [part["unit"] for part in found["found"]] == [1, 80]
    assert found["found"][0]["models"][0]["model"] == "dyp-ultrasonic"
    assert found["questions"] > 20
    # What is asked for must be what was asked then.
    other = [*ARGUMENTS[:4], "2", "--replay", str(recording)]
    assert main(other) == 1
    assert "the recording goes on with" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_a_terminal(lang: str, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGUMENTS, "--replay", str(recording), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert 'driver = "dyp-ultrasonic"' in said
    assert max(wide(text) for text in said.splitlines()) <= 80
    assert ("监听" in said) == (lang == "zh")


@pytest.mark.parametrize("ids", ["0", "1-248", "255", "x", "", "5-1"])
def test_addresses_that_are_everybodys_are_not_taken(ids: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["scan", "--port", "x", "--ids", ids])
    assert ended.value.code == 2
    with pytest.raises(ValueError):
        scan(troubled([])[0], ["9600 8N1"], [0], nothing)


def test_rts_may_switch_the_transceiver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parser("scan").parse_args(["scan", "--rts", "low"]).rts == Direction(False)
    with pytest.raises(SystemExit):
        main(["scan", "--port", "x", "--rts", "up"])
    capsys.readouterr()
    with Pty(tmp_path, [dyp(1)]) as line:  # a pty has no RTS: it is asked for, and says so
        assert main(["scan", "--port", str(line.path), "--rts", "high"]) == 1
    assert "ioctl" in capsys.readouterr().err


def test_no_port_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan"]) == 1
    assert "expected --port" in capsys.readouterr().err
    assert main(["scan", "--port", "/dev/none"]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_drivers_read_first_what_the_scan_asks() -> None:
    for protocol in ("modbus", "serial"):
        for device in identify.models(protocol):
            data = identify.first_ask(device(dict(identify.defaults(device), address=1)))
            assert not list(safety.writes(data.open("rtu", 0)[0])), device.model
    assert driver_of("dyp-ultrasonic", address=1).renumber

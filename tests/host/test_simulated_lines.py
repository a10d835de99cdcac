"""Simulated lines on ptys, as agents see them: by the real bus, drivers and serial port."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.bus import Bus, Device
from agent.drivers import load
from agent.errors import NoReply, Refused
from agent.linux.line import SerialLine
from agent.protocols import modbus
from simulators.lines.pty_lines import Lines, PtyLine
from simulators.lines.pymodbus_slave import GasSlave
from simulators.lines.reading_log import ReadingLog
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic, winsen_ze07, witmotion_tilt
from simulators.world.signal import Signal
from tests.host.line_ends import now_ms, wait_for
from tests.host.micropython import ROOT

MODE = "9600 8N1"
DISTANCE = modbus.rtu_frame(1, modbus.read_request(modbus.READ_HOLDING, 0x0100, 1))
GAS = modbus.rtu_frame(7, modbus.read_request(modbus.READ_HOLDING, 0x0000, 1))


def steady(value: int) -> Signal:
    return Signal(Dice(1), value, 0, -(1 << 31), 1 << 31)


class Street:
    """One RS-485 line with a level sensor, a tilt sensor and a gas sensor, and a line for CO."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = Lines()
        self.log = ReadingLog(folder / "sensors.jsonl")
        self.level = steady(20)
        self.gas = GasSlave(7, steady(240), self.log.channel("P1", "vent"))
        self.underpass = dyp_ultrasonic.Twin(
            1,
            {"level": self.level, "temperature": steady(215)},
            self.log.channel("P1", "underpass"),
        )
        tilt = {"roll": steady(-1200), "pitch": steady(90_000)}
        self.cover = witmotion_tilt.Twin(80, tilt, self.log.channel("P1", "cover"))
        self.rs485 = self.add("rs485", [self.underpass, self.cover, self.gas])
        chamber = winsen_ze07.Twin({"co": steady(12)}, self.log.channel("P1", "chamber"))
        self.co = self.add("gas", [chamber])
        self.lines.start()

    def add(self, name: str, twins: list[Any]) -> PtyLine:
        return self.lines.add(self.folder / name, MODE, twins)

    def bus(self, name: str, *drivers: tuple[str, dict[str, int]]) -> Bus:
        """A bus of an agent; its devices are named after their drivers."""
        devices = [Device(model, load(model)(options), 1000) for model, options in drivers]
        port = SerialLine(str(self.folder / name))
        return Bus(port, MODE, devices, Dice(1), lambda topic, text: None, powered=False)

    def logged(self) -> list[dict[str, Any]]:
        text = (self.folder / "sensors.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def end(self) -> None:
        self.lines.stop()
        self.gas.stop()
        self.log.close()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.end()


ALL = (
    ("dyp-ultrasonic", {"address": 1, "mount": 3200}),
    ("witmotion-tilt", {"address": 80}),
    ("fukaite-gas", {"address": 7}),
)


def poll(bus: Bus) -> dict[str, Any]:
    """One reading of every device: the results by the device's name."""
    for device in bus.devices:
        bus.request(device, now_ms())
    results: dict[str, Any] = {}

    def step() -> bool:
        bus.step(now_ms())
        results.update({result.device.name: result for result in bus.take()})
        return len(results) == len(bus.devices)

    wait_for(step)
    return results


def values(result: Any) -> dict[str, int | None]:
    return {reading.name: reading.value for reading in result.readings}


def exchange(line: SerialLine, request: bytes, size: int) -> bytes:
    line.write(request)
    heard = bytearray()

    def enough() -> bool:
        heard.extend(line.read())
        return len(heard) >= size

    wait_for(enough)
    return bytes(heard)


def test_several_twins_and_pymodbus_share_one_line(street: Street) -> None:
    bus = street.bus("rs485", *ALL)
    begun = now_ms(), time.time_ns() // 1_000_000
    results = poll(bus)
    assert [result.error for result in results.values()] == [None] * 3
    assert values(results["dyp-ultrasonic"])["level"] == 20
    assert values(results["witmotion-tilt"])["roll"] == -1200
    assert values(results["fukaite-gas"])["co"] == 240
    made = {(entry["device"], entry["channel"]): entry for entry in street.logged()
            if entry["device"] != "chamber"}  # fmt: skip
    assert made[("underpass", "distance")]["value"] == 3180
    assert made[("cover", "pitch")]["value"] == 90_000
    assert made[("vent", "co")]["value"] == 240
    for entry in made.values():
        assert entry["pole"] == "P1"
        assert begun[0] <= entry["mono_ms"] <= now_ms() + 50
        assert abs(entry["utc_ms"] - entry["mono_ms"] - (begun[1] - begun[0])) < 1000
    bus.line.close()


def test_bytes_take_their_time(street: Street) -> None:
    """8 and 7 characters of 1042 us, and 120 ms of thinking between them."""
    line = SerialLine(str(street.rs485.path))
    line.open(MODE)
    begun = time.monotonic()
    line.write(DISTANCE)
    first = wait_for(line.read)
    taken = (time.monotonic() - begun) * 1000
    assert taken >= 8.3 + 120 + 7.2
    assert first[:3] == b"\x01\x03\x02"
    line.close()


def test_a_step_is_seen_at_the_next_reading(street: Street) -> None:
    bus = street.bus("rs485", ALL[0])
    assert values(poll(bus)["dyp-ultrasonic"])["level"] == 20
    street.level.jump(620)
    assert values(poll(bus)["dyp-ultrasonic"])["level"] == 620
    bus.line.close()


def test_uploads_come_unasked(street: Street) -> None:
    bus = street.bus("gas", ("winsen-ze07", {}))
    assert values(poll(bus)["winsen-ze07"])["co"] == 12
    assert [entry for entry in street.logged() if entry["device"] == "chamber"]
    bus.line.close()


def test_faults_of_one_device_leave_the_others_alone(street: Street) -> None:
    bus = street.bus("rs485", *ALL)
    street.underpass.fault = "silent"
    street.cover.fault = "refuses"
    street.gas.fault = "garbage"
    results = poll(bus)
    assert isinstance(results["dyp-ultrasonic"].error, NoReply)
    assert isinstance(results["witmotion-tilt"].error, Refused)
    assert results["fukaite-gas"].error is not None
    assert not [entry for entry in street.logged() if entry["device"] != "chamber"]
    street.underpass.fault = street.cover.fault = street.gas.fault = ""
    assert [result.error for result in poll(bus).values()] == [None] * 3
    bus.line.close()


def test_an_agent_that_is_killed_finds_its_line_again(street: Street) -> None:
    target = os.readlink(street.rs485.path)
    hold = (
        "import sys, time; from agent.linux.line import SerialLine; line = SerialLine(sys.argv[1]);"
        f"line.open({MODE!r}); line.write({DISTANCE!r}); print('open', flush=True); time.sleep(60)"
    )
    agent = subprocess.Popen(
        [sys.executable, "-c", hold, str(street.rs485.path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert agent.stdout is not None and agent.stdout.readline() == b"open\n"
    # Its request is answered into the void; nobody may take that for an answer of his own.
    wait_for(street.logged)
    agent.send_signal(signal.SIGKILL)
    agent.communicate()
    assert agent.returncode == -signal.SIGKILL
    bus = street.bus("rs485", *ALL)
    assert [result.error for result in poll(bus).values()] == [None] * 3
    assert os.readlink(street.rs485.path) == target
    bus.line.close()


def test_a_cable_that_is_pulled_and_plugged_in(street: Street) -> None:
    bus = street.bus("rs485", *ALL)
    poll(bus)
    street.lines.unplug(street.rs485)
    street.lines.unplug(street.rs485)
    assert not street.rs485.path.is_symlink()
    assert "out of order" in str(poll(bus)["dyp-ultrasonic"].error)
    # The other line goes on.
    other = street.bus("gas", ("winsen-ze07", {}))
    assert poll(other)["winsen-ze07"].error is None
    street.lines.plug(street.rs485)
    wait_for(lambda: [result.error for result in poll(bus).values()] == [None] * 3)
    bus.line.close()
    other.line.close()


def test_pymodbus_answers_for_its_unit_only_and_after_noise(street: Street) -> None:
    line = SerialLine(str(street.rs485.path))
    line.open(MODE)
    assert exchange(line, GAS, 7) == modbus.rtu_frame(7, b"\x03\x02\x00\xf0")
    # Noise, half a request, and then a whole one in two pieces.
    line.write(b"\x07\x83\xff\x00" + GAS[:5])
    line.write(GAS[:3])
    assert exchange(line, GAS[3:], 7) == modbus.rtu_frame(7, b"\x03\x02\x00\xf0")
    # A register that is not there.
    absent = modbus.rtu_frame(7, modbus.read_request(modbus.READ_HOLDING, 0x0400, 1))
    assert exchange(line, absent, 5) == modbus.rtu_frame(7, b"\x83\x02")
    # Nobody has address 9: what comes next answers what was asked next.
    nobody = modbus.rtu_frame(9, modbus.read_request(modbus.READ_HOLDING, 0x0000, 1))
    line.write(nobody)
    assert exchange(line, GAS, 7) == modbus.rtu_frame(7, b"\x03\x02\x00\xf0")
    line.close()


def test_the_stand_alone_program(tmp_path: Path) -> None:
    config = {
        "log": str(tmp_path / "sensors.jsonl"),
        "lines": [{
            "path": str(tmp_path / "rs485"),
            "twins": [
                {"pole": "P1", "device": "underpass", "model": "dyp-ultrasonic", "unit": 1,
                 "mount": 3000, "signals": {"level": {"value": 20, "low": 0, "high": 2500},
                                            "temperature": 215}},
                {"device": "vent", "model": "fukaite-gas", "unit": 7, "server": "pymodbus",
                 "signals": {"co": 240}},
            ],
        }],
    }  # fmt: skip
    (tmp_path / "lines.json").write_text(json.dumps(config), encoding="utf-8")
    program = subprocess.Popen(
        [sys.executable, "-m", "simulators.lines", str(tmp_path / "lines.json")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdin is not None and program.stdout is not None
    stdin, stdout = program.stdin, program.stdout

    def tell(**command: object) -> Any:
        stdin.write(json.dumps(command) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())

    assert json.loads(stdout.readline()) == {"ready": True}
    line = SerialLine(str(tmp_path / "rs485"))
    line.open(MODE)
    assert exchange(line, DISTANCE, 7)[3:5] == (2980).to_bytes(2, "big")
    assert exchange(line, GAS, 7)[3:5] == (240).to_bytes(2, "big")
    assert tell(do="step", device="underpass", channel="level", value=500) == {"ok": True}
    assert exchange(line, DISTANCE, 7)[3:5] == (2500).to_bytes(2, "big")
    assert tell(do="fault", device="underpass", fault="refuses") == {"ok": True}
    assert exchange(line, DISTANCE, 5)[1] == 0x83
    line.close()
    assert tell(do="unplug", line=str(tmp_path / "rs485")) == {"ok": True}
    assert not (tmp_path / "rs485").is_symlink()
    assert tell(do="plug", line=str(tmp_path / "rs485")) == {"ok": True}
    assert (tmp_path / "rs485").exists()
    assert "no line" in tell(do="unplug", line="rs486")["error"]
    assert "0 devices" in tell(do="fault", device="cover", fault="silent")["error"]
    assert "no channel" in tell(do="step", device="vent", channel="no2", value=1)["error"]
    assert "no such fault" in tell(do="fault", device="vent", fault="tired")["error"]
    assert "value" in tell(do="step", device="vent", channel="co")["error"]
    assert "one of" in tell(do="dance")["error"]
    program.communicate()
    assert program.returncode == 0
    assert not (tmp_path / "rs485").is_symlink()
    logged = (tmp_path / "sensors.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(entry)["value"] for entry in logged] == [20, 2980, 240, 500, 2500]


def test_a_configuration_that_is_wrong_is_said(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    meter = {"device": "a", "model": "sdm999", "signals": {}}
    wrong: list[tuple[object, str]] = [
        ({"log": "log"}, "'lines' is missing"),
        ({"log": "log", "lines": [{"path": "p", "twins": [meter]}]}, "no twin of 'sdm999'"),
        ({"log": "log", "lines": [{"path": "p", "mode": "fast", "twins": []}]}, "9600 8N1"),
    ]
    for config, sentence in wrong:
        path.write_text(json.dumps(config), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "simulators.lines", str(path)],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 1 and sentence in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "simulators.lines"], cwd=ROOT, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "usage" in done.stderr

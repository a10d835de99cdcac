"""Every real line by the one contract; what goes wrong with ports and gateways."""

import errno
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.bus import Bus, Device
from agent.drivers import load
from agent.errors import BadChecksum, NoReply
from agent.linux import line as serial_line
from agent.linux import tcp_line
from agent.linux.line import SerialLine, TcpLine, line_for
from simulators.world.dice import Dice
from tests.host.line_ends import PATIENCE_MS, PtyEnd, TcpEnd, now_ms, wait_for
from tests.host.micropython import ROOT, interpreter
from tests.shared.contracts_line import CHECKS

End = PtyEnd | TcpEnd


@pytest.fixture(params=["serial", "tcp"])
def end(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[End]:
    made: End = PtyEnd(tmp_path / "port") if request.param == "serial" else TcpEnd()
    yield made
    made.end()


def drive(steps: Iterator[Any]) -> None:
    for _ in steps:
        time.sleep(0.001)


def failure(action: Callable[..., Any], *arguments: Any) -> OSError | None:
    try:
        action(*arguments)
    except OSError as error:
        return error
    return None


@pytest.mark.parametrize("check", [check for _, check in CHECKS], ids=[name for name, _ in CHECKS])
def test_contract(check: Any, end: End) -> None:
    drive(check(end))


def test_contract_of_a_board_under_micropython(tmp_path: Path) -> None:
    path = tmp_path / "uart1"
    far: PtyEnd | None = None
    passed = []
    process = subprocess.Popen(
        [interpreter(), "tests/shared/line_pipe.py"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={**os.environ, "POLE_UART1": str(path)},
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    try:
        for line in process.stdout:
            verb, _, argument = line.strip().partition(" ")
            answer = ""
            if verb == "?fresh":
                if far:
                    far.end()
                far = PtyEnd(path)
            elif far and verb == "?send":
                far.send(bytes.fromhex(argument))
            elif far and verb == "?received":
                answer = far.received().hex()
            elif far and verb == "?pull":
                far.pull()
            elif far and verb == "?restore":
                far.restore()
            else:
                passed.append(line)
                continue
            process.stdin.write(answer + "\n")
            process.stdin.flush()
        assert process.wait(60) == 0, "".join(passed)
        assert len(passed) == 2 * len(CHECKS) + 1
    finally:
        process.kill()
        process.communicate()
        if far:
            far.end()


def test_a_port_that_is_not_there_is_said(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB7"
    error = failure(SerialLine(str(port)).open, "9600 8N1")
    assert error is not None and error.errno == errno.ENOENT
    assert error.strerror == f"{port} does not exist: is the adapter plugged in?"


def test_a_port_that_another_program_has_is_said(tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "port")
    end.line.open("9600 8N1")
    other = SerialLine(str(end.path))
    error = failure(other.open, "9600 8N1")
    assert error is not None and error.errno == errno.EBUSY and "in use" in str(error)
    end.line.close()
    other.open("9600 8N1")
    other.close()
    end.end()


def test_a_port_without_permission_names_the_group(tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "port")
    slave = os.path.realpath(end.path)
    os.chmod(slave, 0)
    os.chmod(tmp_path, 0o755)
    was = os.geteuid()
    try:
        if was == 0:
            # Root may open everything. The path to the port is open to all; the port is not.
            os.seteuid(65534)
        error = failure(SerialLine(slave).open, "9600 8N1")
    finally:
        os.seteuid(was)
    assert error is not None and error.errno == errno.EACCES and "dialout" in str(error)
    end.end()


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    error = failure(SerialLine(str(tmp_path / "file")).open, "9600 8N1")
    assert error is not None and "cannot be opened as a serial port" in str(error)


def test_modes_of_every_shape_open(tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "port")
    for mode in ("300 7O1", "2400 8E1", "9600 8N1", "115200 8N2", "250000 8N1"):
        end.line.open(mode)
    end.end()


def test_output_to_a_port_that_is_full_waits_and_says_so(tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "port")
    line = end.line
    line.open("9600 8N1")
    assert not line.wants_write()
    line.write(bytes(100_000))
    assert line.wants_write()
    drive(_drained(end, 100_000))
    assert not line.wants_write()
    end.end()


def test_a_port_that_takes_nothing_any_more_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_line, "_STUCK_NS", 50_000_000)
    end = PtyEnd(tmp_path / "port")
    end.line.open("9600 8N1")
    end.line.write(bytes(100_000))
    error = wait_for(lambda: failure(end.line.read))
    assert error.errno == errno.EIO and "takes no bytes" in str(error)
    end.end()


def _drained(end: PtyEnd, size: int) -> Iterator[None]:
    while len(end.received()) < size:
        for _ in range(16):
            end.received()
            end.line.read()
        yield


def test_output_to_a_gateway_that_takes_its_time_waits_and_arrives() -> None:
    end = TcpEnd()
    line = end.line
    line.open("9600 8N1")
    size = 16_000_000
    line.write(Dice(1).take(1000) * (size // 1000))
    wait_for(lambda: line.read() or end.received())
    assert line.wants_write()
    rest = end.drain(size, line.read)
    assert rest == Dice(1).take(1000) * (size // 1000)
    assert not line.wants_write()
    line.write(bytes(size))
    line.close()
    assert not line.wants_write()
    end.end()


def test_a_gateway_that_refuses_is_said() -> None:
    end = TcpEnd()
    end.pull()
    line = end.line

    def attempt() -> OSError | None:
        return failure(line.open, "9600 8N1") or failure(line.read)

    error = wait_for(attempt)
    assert error.errno == errno.ECONNREFUSED
    assert "cannot be reached: Connection refused" in str(error)
    line.close()
    end.restore()
    end.end()


def test_a_name_that_nobody_knows_is_said() -> None:
    line = TcpLine("tcp://no-such-gateway.invalid:502")
    error = failure(line.open, "9600 8N1") or wait_for(lambda: failure(line.read))
    assert "is not known by name" in str(error)
    line.close()


def test_a_name_is_looked_up_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    end = TcpEnd()
    real = socket.getaddrinfo
    answered = threading.Event()

    def slow(*arguments: Any, **words: Any) -> Any:
        answered.wait()
        return real(*arguments, **words)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    end.line.open("9600 8N1")
    end.line.write(b"question")
    assert end.line.read() == b"" and end.line.fileno() is None
    answered.set()
    wait_for(lambda: end.line.read() or end.received() == b"question")
    assert end.line.fileno() is not None
    end.end()


def test_a_gateway_that_is_off_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose queue is full answers no SYN, as a gateway without power does."""
    monkeypatch.setattr(tcp_line, "_GIVE_UP_MS", 300)
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    address = server.getsockname()
    guests = []
    for _ in range(4):
        guest = socket.socket()
        guest.setblocking(False)
        guest.connect_ex(address)
        guests.append(guest)
    line = TcpLine(f"tcp://127.0.0.1:{address[1]}")
    line.open("9600 8N1")
    line.write(b"question")
    assert line.read() == b"" and line.wants_write()
    error = wait_for(lambda: failure(line.read))
    assert error.errno == errno.ETIMEDOUT and "cannot be reached" in str(error)
    line.close()
    for guest in (*guests, server):
        guest.close()


def test_a_loop_that_waits_is_woken(end: End) -> None:
    end.line.open("9600 8N1")
    end.line.write(b"x")
    wait_for(lambda: end.line.read() or end.received() == b"x")
    poll = select.poll()
    poll.register(end.line.fileno(), select.POLLIN)
    assert poll.poll(0) == []
    end.send(b"reply")
    assert poll.poll(PATIENCE_MS)
    assert wait_for(end.line.read) == b"reply"
    end.pull()
    assert poll.poll(PATIENCE_MS)
    assert failure(end.line.read) is not None
    end.restore()


def test_line_for_knows_both() -> None:
    assert isinstance(line_for("/dev/ttyS1"), SerialLine)
    assert isinstance(line_for("tcp://10.0.0.5:502"), TcpLine)


def test_a_bus_lives_through_garbage_and_a_cable_pulled_mid_exchange(end: End) -> None:
    said: list[str] = []
    driver = load("dyp-ultrasonic")({"address": 1, "mount": 3200})
    device = Device("underpass", driver, 1000)
    bus = Bus(end.line, "9600 8N1", [device], Dice(1), lambda topic, text: said.append(text), False)

    def exchange(while_waiting: Callable[[], None]) -> Any:
        bus.request(device, now_ms())
        acted = False

        def step() -> Any:
            nonlocal acted
            bus.step(now_ms())
            if bus.waiting() and not acted:
                acted = True
                while_waiting()
            return bus.take()

        return wait_for(step)[0]

    result = exchange(lambda: end.send(Dice(5).take(400)))
    assert [reading for reading in result.readings if reading.value is not None] == []
    assert isinstance(result.error, NoReply | BadChecksum)
    result = exchange(end.pull)
    assert "out of order" in str(result.error)
    end.restore()
    assert said
    wait_for(lambda: bus.step(now_ms()) and end.line.fileno() is not None)
    result = exchange(lambda: None)
    assert "did not answer" in str(result.error)

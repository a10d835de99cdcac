"""Runs the lines' contract for a board's UART in a process of its own, under MicroPython with
simulators/board_modules; the far end of its pty is beyond stdin and stdout.

``micropython tests/shared/line_pipe.py``: a line starting with ``?`` asks the far end (``?fresh``,
``?send HEX``, ``?received``, ``?pull``, ``?restore``) and is answered by one line, hexadecimal.
Each check that passes is a line ``ok NAME``.
"""

import sys
import time

HERE = __file__.rpartition("/")[0] or "."
sys.path.insert(0, HERE + "/../..")
sys.path.insert(0, HERE + "/../../simulators/board_modules")

import machine  # noqa: E402

from board.line import UartLine  # noqa: E402
from tests.shared import contracts_line  # noqa: E402


class PipedEnd:
    """The far end, asked line by line. de: whether the line has a direction pin."""

    patience = 20000

    def __init__(self, de):
        _ask("fresh")
        self.pin = machine.Pin(16, machine.Pin.OUT) if de else None
        self.line = UartLine(machine.UART, 1, 17, 18, self.pin)

    def now(self):
        return time.ticks_ms()

    def send(self, data):
        _ask("send " + data.hex())

    def received(self):
        return bytes.fromhex(_ask("received"))

    def pull(self):
        _ask("pull")

    def restore(self):
        _ask("restore")


def _ask(question):
    sys.stdout.write("?%s\n" % question)
    return sys.stdin.readline().strip()


class _Recorder:
    """A direction pin, or a UART, that notes what happens to it and when, in us."""

    events = []

    def __call__(self, level):
        self.events.append((level, time.ticks_us()))


class _Uart(machine.UART):
    def write(self, data):
        now = time.ticks_us()
        sent = machine.UART.write(self, data)
        if sent:
            _Recorder.events.append((data[:sent], now))
        return sent


def _write(line, data):
    """Write, and read until it has left."""
    line.write(data)
    while line.wants_write():
        assert line.read() == b""


def drives_the_pair_just_as_long_as_it_sends():
    """High before the first bit, low after the last: 8 characters of 1042 us. A line that was just
    opened is not silent before 3.5 characters."""
    _ask("fresh")
    line = UartLine(_Uart, 1, 17, 18, _Recorder())
    opened = time.ticks_us()
    line.open("9600 8N1")
    _write(line, b"question")
    (idle, _), (on, raised), (data, sent), (off, lowered) = _Recorder.events
    assert (idle, on, data, off) == (0, 1, b"question", 0)
    assert time.ticks_diff(raised, opened) >= 3647
    assert time.ticks_diff(sent, raised) >= 50
    taken = time.ticks_diff(lowered, sent)
    assert taken >= 9 * 1042, taken
    # What does not fit into the UART's buffer is sent all the same, before the pair is let go.
    del _Recorder.events[:]
    line.open("115200 8N1")
    _write(line, bytes(700))
    levels = [_Recorder.events[at][0] for at in (0, 1, -1)]
    assert levels == [0, 1, 0] and not line.wants_write()
    assert sum([len(event[0]) for event in _Recorder.events[2:-1]]) == 700
    assert time.ticks_diff(_Recorder.events[-1][1], _Recorder.events[1][1]) >= 700 * 87
    line.close()


def switches_the_pair_as_the_settings_say():
    """Low to send, 3 ms before the first bit, 2 ms after the last."""
    _ask("fresh")
    del _Recorder.events[:]
    line = UartLine(_Uart, 1, 17, 18, _Recorder())
    line.direct(False, 3, 2)
    line.open("9600 8N1")
    _write(line, b"question")
    (idle, _), (on, begun), (data, sent), (off, ended) = _Recorder.events
    assert (idle, on, data, off) == (1, 0, b"question", 1)
    assert time.ticks_diff(sent, begun) >= 3000
    assert time.ticks_diff(ended, sent) >= 8 * 1042 + 2000
    line.close()


def keeps_silence_between_frames(de):
    """3.5 characters after what was heard, and after what was sent."""
    _ask("fresh")
    del _Recorder.events[:]
    line = UartLine(_Uart, 1, 17, 18, _Recorder() if de else None)
    line.open("9600 8N1")
    _write(line, b"question")
    _write(line, b"again")
    _ask("send " + b"reply".hex())
    data = b""
    while not data:
        heard = time.ticks_us()  # before it looks: what it is away for behind that is silence, too
        data = line.read()
    _write(line, b"more")
    first, second, third = [event[1] for event in _Recorder.events if event[0] not in (0, 1)]
    assert time.ticks_diff(second, first) >= (8 * 1042 + 3647)
    assert time.ticks_diff(third, heard) >= 3647
    line.close()


def gives_up_on_a_uart_that_does_not_send():
    class Stuck(machine.UART):
        def txdone(self):
            return False

    _ask("fresh")
    pin = machine.Pin(16, machine.Pin.OUT)
    line = UartLine(Stuck, 1, de=pin)
    line.open("115200 8N1")
    try:
        _write(line, b"question")
    except OSError as error:
        assert len(error.args) == 2 and pin() == 0
        return
    raise AssertionError("waits for ever")


def says_what_uart_there_is_not():
    for number, mode in ((9, "9600 8N1"), (1, "9600 8X1")):
        try:
            UartLine(machine.UART, number).open(mode)
        except OSError as error:
            assert len(error.args) == 2, error
            continue
        raise AssertionError("opened")


def main():
    for de in (False, True):
        for name, check in contracts_line.CHECKS:
            end = PipedEnd(de)
            for _ in check(end):
                time.sleep_ms(1)
            end.line.close()
            assert end.pin is None or end.pin() == 0
            print("ok %s%s" % (name, " with a direction pin" if de else ""))
    drives_the_pair_just_as_long_as_it_sends()
    switches_the_pair_as_the_settings_say()
    keeps_silence_between_frames(False)
    keeps_silence_between_frames(True)
    gives_up_on_a_uart_that_does_not_send()
    says_what_uart_there_is_not()
    print("ok UART")


main()

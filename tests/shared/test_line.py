"""Serial modes; the line on simulated time: the contract of every Line, and the wire's faults."""

from agent.protocols import serial_mode
from simulators.world.dice import Dice
from simulators.world.line import SimLine
from tests.shared import contracts_line


class Recorder:
    """A twin that keeps what it hears, and says what it is given."""

    turnaround_ms = 0

    def __init__(self, reply=b""):
        self.heard = bytearray()
        self.times = []
        self.outbox = b""
        self.reply = reply

    def receive(self, data, now_ms):
        self.heard.extend(data)
        self.times.append(now_ms)
        return self.reply

    def tick(self, now_ms):
        said = self.outbox
        self.outbox = b""
        return said


class SimFar:
    """The far end of a SimLine, for the contract."""

    patience = 10000

    def __init__(self):
        self.twin = Recorder()
        self.line = SimLine([self.twin])
        self.time = 5000

    def now(self):
        return self.time

    def send(self, data):
        self.twin.outbox += data

    def received(self):
        return bytes(self.twin.heard)

    def pull(self):
        self.line.unplugged = True

    def restore(self):
        self.line.unplugged = False

    def pass_ms(self, step):
        self.time += step
        self.line.advance(self.time)


def asked(line, data, step=1, until=2000):
    """[(instant, bytes)] that come after data was written at 0; time goes on by next_ms."""
    line.advance(0)
    line.open("9600 8N1")
    line.write(data)
    heard = []
    now = 0
    while now < until:
        line.advance(now)
        part = line.read()
        if part:
            heard.append((now, part))
        wake = line.next_ms(now)
        if wake is None:
            break
        now = wake
    return heard


def test_a_mode_is_speed_bits_parity_stop():
    assert serial_mode.parse("9600 8N1") == (9600, 8, "N", 1)
    assert serial_mode.parse("2400 8E1") == (2400, 8, "E", 1)
    assert serial_mode.parse("115200 8N2") == (115200, 8, "N", 2)
    assert serial_mode.parse("1200 7O1") == (1200, 7, "O", 1)


def test_a_character_takes_its_bits():
    assert serial_mode.char_us("9600 8N1") == 1042
    assert serial_mode.char_us("2400 8E1") == 4584
    assert serial_mode.char_us("115200 8N2") == 96
    assert serial_mode.char_us("9600 7N1") == 938


def test_between_frames_there_are_three_and_a_half_characters():
    assert serial_mode.silence_us("9600 8N1") == 3647
    assert serial_mode.silence_us("2400 8E1") == 16044
    assert serial_mode.silence_us("19200 8N1") == 1824
    # Above 19200 baud it is fixed.
    assert serial_mode.silence_us("38400 8N1") == serial_mode.silence_us("115200 8N1") == 1750


def test_what_is_no_mode_is_refused_with_an_example():
    for mode in ("", "8N1", "9600", "9600  8N1", "9600 8N1 ", "9600 9N1", "9600 8M1", "9600 8N3"):
        refused(mode)
    for mode in (
        "9600 8n1",
        "-9600 8N1",
        "0 8N1",
        "1e4 8N1",
        "99999999 8N1",
        "9600,8N1",
        "\u0669 8N1",
    ):
        refused(mode)


def refused(mode):
    try:
        serial_mode.parse(mode)
    except ValueError as error:
        assert '"9600 8N1"' in str(error)
        return
    raise AssertionError("%r was taken for a mode" % mode)


def test_the_contract_of_every_line():
    for name, check in contracts_line.CHECKS:
        far = SimFar()
        try:
            for _ in check(far):
                far.pass_ms(1)
        except Exception:
            print(name)
            raise


def test_a_reply_comes_after_both_transmissions_and_the_turnaround():
    twin = Recorder(b"01234567")
    twin.turnaround_ms = 30
    # 8 characters of 1042 us each way: 9 ms, rounded up.
    assert asked(SimLine([twin]), b"question") == [(9 + 30 + 9, b"01234567")]
    assert twin.times == [9]


def test_several_twins_hear_all_and_share_the_wire():
    first, second = Recorder(), Recorder(b"me")
    line = SimLine([first, second])
    assert asked(line, b"ask") == [(4 + 3, b"me")]
    assert first.heard == second.heard == b"ask"
    # What is written while the wire is busy goes out behind it, after the silence between frames.
    line.write(b"one")
    assert line.wants_write()
    line.write(b"two")
    assert first.times[-2:] == [line._now + 4 + 4, line._now + 8 + 4 + 4]
    line.advance(line._now + 12)
    assert not line.wants_write()


def test_an_echo_is_heard_before_the_reply():
    assert asked(SimLine([Recorder(b"reply")], echo=True), b"ask") == [(4, b"ask"), (10, b"reply")]


def test_a_dead_wire_says_nothing_and_fails_nothing():
    twin = Recorder(b"reply")
    line = SimLine([twin])
    line.dead = True
    assert asked(line, b"ask") == []
    assert not twin.heard
    line.dead = False
    assert asked(line, b"ask")


def counts(**faults):
    """Of 300 replies b"0123456789": how many came [untouched, flipped, shorter, longer, not]."""
    line = SimLine([Recorder(b"0123456789")], Dice(3), **faults)
    seen = [0] * 5
    for _ in range(300):
        came = b"".join([part for _, part in asked(line, b"?")])
        if came == b"0123456789":
            seen[0] += 1
        elif not came:
            seen[4] += 1
        elif len(came) == 10:
            seen[1] += 1
        else:
            seen[2 if len(came) < 10 else 3] += 1
    return seen


def test_faults_of_the_wire_come_as_often_as_told():
    assert counts() == [300, 0, 0, 0, 0]
    for faults, place in (
        ({"loss": 300}, 1),
        ({"drop": 300}, 4),
        ({"noise": 300}, 3),
    ):
        seen = counts(**faults)
        assert 60 <= seen[place] <= 120 and seen[0] + seen[place] == 300, (faults, seen)
    seen = counts(truncate=300)
    assert seen[2] >= 50 and seen[1] == seen[3] == 0
    assert counts(loss=300) == counts(loss=300)


def test_a_merged_reply_comes_with_the_next_one():
    line = SimLine([Recorder(b"reply")], Dice(1), merge=1000)
    line.open("9600 8N1")
    line.write(b"?")
    line.advance(100)
    assert line.read() == b""
    line.merge = 0
    line.write(b"?")
    line.advance(200)
    assert line.read() == b"replyreply"


def test_unasked_uploads_wake_who_listens():
    class Clockwork(Recorder):
        due = 500

        def tick(self, now_ms):
            if now_ms < self.due:
                return b""
            self.due += 1000
            return b"tick"

    line = SimLine([Clockwork()])
    line.open("9600 8N1")
    assert line.next_ms(0) is None
    line.listening = True
    assert line.next_ms(0) == 500
    line.advance(500)
    assert line.read() == b"" and line.next_ms(500) == 505
    line.advance(505)
    assert line.read() == b"tick" and line.next_ms(505) == 1500

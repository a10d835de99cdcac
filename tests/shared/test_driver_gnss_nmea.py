"""Sentences: published ones, a fix, no fix, and what is no sentence."""

from agent.drivers import load
from agent.errors import AgentError, BadChecksum, BadFrame, WrongReply
from agent.protocols import nmea
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.gnss_nmea import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with, three_ways

MODEL = "gnss-nmea"
GGA = nmea.sentence("GNGGA,074102.000,3034.50000,N,10403.25000,E,1,13,0.88,512.4,M,-1.5,M,,")
RMC = nmea.sentence("BDRMC,074102.000,A,3034.50000,N,10403.25000,E,1.000,77.5,200926,,,A,V")
GSV = frame("nm-006")[1]
CASES = (
    # As published: GPS and BeiDou in Chengdu.
    (
        {},
        [frame("nm-013")[1]],
        [
            ("lat", 305369150, GOOD),
            ("lon", 1042086533, GOOD),
            ("altitude", 5094, GOOD),
            ("satellites", 9, GOOD),
            ("hdop", 130, GOOD),
            ("speed", 398, GOOD),
        ],
    ),
    (
        {},
        [GGA + GSV + RMC],
        [
            ("lat", 305750000, GOOD),
            ("lon", 1040541667, GOOD),
            ("altitude", 5124, GOOD),
            ("satellites", 13, GOOD),
            ("hdop", 88, GOOD),
            ("speed", 51, GOOD),
        ],
    ),
)


def twin(log):
    values = (
        ("lat", -305750000),
        ("lon", 1040541667),
        ("altitude", -124),
        ("satellites", 9),
        ("hdop", 105),
        ("speed", 137),
    )
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_a_fix_gives_the_time():
    driver = load(MODEL)({})
    for _, replies, expected in CASES:
        readings = read_with(driver, replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected
    assert driver.utc_ms == 1789890062000  # 2026-09-20T07:41:02Z


def test_no_fix_no_place_no_time():
    driver = load(MODEL)({})
    rmc = frame("nm-012")[1]
    readings = read_with(driver, [nmea.sentence("GNGGA,,,,,,0,00,99.99,,,,,,") + rmc])
    assert [r.quality for r in readings[:3]] == [DEVICE_FAULT] * 3
    assert driver.utc_ms is None
    simulated = nmea.sentence(RMC[1:-5].decode().replace(",A,V", ",S,V"))
    assert read_with(driver, [GGA + simulated])[0].value is None and driver.utc_ms is None


def test_a_rolled_over_week_is_no_time():
    driver = load(MODEL)({})
    old = nmea.sentence(RMC[1:-5].decode().replace("200926", "040207"))
    assert read_with(driver, [GGA + old])[0].quality == GOOD
    assert driver.utc_ms is None


def test_published_sentences_are_framed():
    for name in ("nm-002", "nm-004", "nm-006", "nm-008", "nm-012"):
        data = frame(name)[1]
        kind = data[3:6].decode()
        assert three_ways(lambda kind=kind: nmea.SentenceReceiver((kind,)), data) == data, name
    assert nmea.fields(frame("nm-002")[1])[1:5] == ["074101.000", "20", "09", "2022"]
    assert nmea.utc_ms("074101.000", "200922") == 1663659661000


def test_the_sentence_that_is_wrong_as_printed_is_refused():
    receiver = nmea.SentenceReceiver(("GGA",))
    assert receiver.feed(frame("nm-003")[1]) is None
    assert isinstance(receiver.verdict(), BadChecksum)


def test_sentences_of_two_times_are_not_one_fix():
    receiver = nmea.SentenceReceiver(("RMC", "GGA"))
    later = nmea.sentence(RMC[1:-5].decode().replace("074102", "074103"))
    assert receiver.feed(GGA + later) is None
    assert isinstance(receiver.verdict(), WrongReply)


def test_no_place_and_no_time():
    for text, sign in (("9100.0", "N"), ("", "E"), ("12", "E"), ("3030.0", "X"), ("1-2.0", "N")):
        try:
            nmea.degrees(text, sign)
        except BadFrame:
            continue
        raise AssertionError(text)
    for time, date in (("250000", "010126"), ("", "010126"), ("000000", "011326"), ("-1", "")):
        try:
            nmea.utc_ms(time, date)
        except BadFrame:
            continue
        raise AssertionError((time, date))


def test_damaged_sentences_raise_nothing_else():
    dice = Dice(5)
    for _ in range(300):
        for good in (GGA, RMC):
            text = bytearray(good[1:-5])
            text[dice.below(len(text))] = 0x20 + dice.below(95)
            other = RMC if good is GGA else GGA
            receiver = nmea.SentenceReceiver(("RMC", "GGA"))
            reply = receiver.feed(other + nmea.sentence(text.decode()))
            script = load(MODEL)({}).read()
            next(script)
            try:
                script.send(reply or GGA + RMC)
            except (StopIteration, AgentError):
                pass
        receiver.feed(b"$" + dice.take(dice.below(90)) + b"\r\n")
        receiver.verdict()

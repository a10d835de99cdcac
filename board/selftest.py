"""Whether this board, with this software, can do its work: one line a check, for the workstation.

``check NAME pass|fail|skip SENTENCE``; the last line is ``check end``.
"""

import gc
import os
import time

from agent.bus import Bus, Device
from agent.drivers import load
from agent.settings import unpack
from board.clock import BoardClock
from board.entropy import Entropy
from board.radio import link
from board.which import board_of

PASS, FAIL, SKIP = "pass", "fail", "skip"
_PROBE = "/selftest.tmp"
_SIZE = 4096
JOIN_MS = 20000
SENSOR_MS = 15000  # a sensor that sends by itself may do so every few seconds only


def _quiet(topic, text):
    """Nobody reads a bus's log here; its errors are told."""


def storage(board):
    """The file system keeps a file, and the journal's flash can be read and is large enough."""
    data = bytes([(7 * index + 3) & 0xFF for index in range(256)]) * (_SIZE // 256)
    try:
        with open(_PROBE, "wb") as file:
            file.write(data)
        with open(_PROBE, "rb") as file:
            same = file.read() == data
        os.remove(_PROBE)
        flash = board.flash()
        flash.read(flash.sectors - 1, 0, 16)
    except (OSError, IndexError) as error:
        return FAIL, "storage fails: %s" % error
    if not same:
        return FAIL, "the file system does not keep what is written"
    free = os.statvfs("/")
    return PASS, "%d KB free, journal %d KB" % (
        free[0] * free[3] // 1024,
        flash.sectors * flash.sector_size // 1024,
    )


def clock():
    """Time passes at the right speed."""
    begin = time.ticks_ms()
    time.sleep_ms(50)
    passed = time.ticks_diff(time.ticks_ms(), begin)
    if not 45 <= passed <= 500:
        return FAIL, "50 ms took %d ms" % passed
    known = BoardClock().utc_ms() is not None
    return PASS, "running, UTC %s" % ("known" if known else "comes with the first acknowledgement")


def radio(board):
    """The network that is set, or at the cable, can be joined."""
    joining = link(board, _quiet)
    if not joining.fitted():
        return SKIP, "no Wi-Fi is set on this board"
    begin = time.ticks_ms()
    while not joining.check(time.ticks_ms()):
        if time.ticks_diff(time.ticks_ms(), begin) > JOIN_MS:
            return FAIL, "not joined in %d s: %s" % (JOIN_MS // 1000, joining.advice)
        time.sleep_ms(50)
    return PASS, joining.how()


def sensors(board, line):
    """Each device of a line of the settings answers: (name, verdict, sentence) of each."""
    devices = [Device(part.name, load(part.driver)(part.options), part.every_ms)
               for part in line.devices]  # fmt: skip
    port = board.line(line.port)
    bus = Bus(port, line.mode, devices, Entropy(), _quiet)
    watch = BoardClock()
    found = {}
    for device in devices:
        bus.request(device, watch.now_ms())
    end = watch.now_ms() + SENSOR_MS
    while len(found) < len(devices) and watch.now_ms() < end:
        bus.step(watch.now_ms())
        for result in bus.take():
            found[result.device.name] = result
        time.sleep_ms(5)
    port.close()
    return [_judged(device.name, found.get(device.name)) for device in devices]


def _judged(name, result):
    if result is None:
        return name, FAIL, "nothing heard in %d s" % (SENSOR_MS // 1000)
    if result.error is not None:
        return name, FAIL, "%s: %s" % (type(result.error).__name__, result.error)
    return name, PASS, ", ".join([_told(reading) for reading in result.readings[:4]])


def _told(reading):
    """As people write it: level 0.020 m; a dash where the sensor answers, and has no value."""
    if reading.value is None:
        return reading.name + " -"
    return "%s %s %s" % (reading.name, _decimal(reading.value, reading.exponent), reading.unit)


def _decimal(value, exponent):
    if exponent >= 0:
        return str(value * 10**exponent)
    digits = str(abs(value))
    digits = "0" * (1 - exponent - len(digits)) + digits
    return ("-" if value < 0 else "") + digits[:exponent] + "." + digits[exponent:]


def main(folder):
    """Say what every check finds. folder: of the slot, "/" at the end."""
    gc.threshold(2048)
    board = board_of(folder)
    with open(folder + "settings.bin", "rb") as file:
        settings = unpack(file.read())
    say("storage", lambda: storage(board))
    say("clock", clock)
    say("radio", lambda: radio(board))
    for line in settings.lines:
        gc.collect()
        try:
            for name, verdict, sentence in sensors(board, line):
                print("check sensor/%s %s %s" % (name, verdict, sentence))
        except OSError as error:
            for part in line.devices:
                print("check sensor/%s %s %s" % (part.name, FAIL, error))
    print("check end")


def say(name, check):
    """One check, and its line."""
    verdict, sentence = check()
    print("check %s %s %s" % (name, verdict, sentence))
    return verdict

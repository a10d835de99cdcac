"""A bus on simulated time, with its line and its twins, for the tests of the bus."""

from agent import command
from agent.bus import ALARM_PRIORITY, ROUTINE, Bus, Device
from agent.drivers import load
from simulators.world.dice import Dice
from simulators.world.line import SimLine
from simulators.world.sensors import relay_board, witmotion_tilt
from tests.shared.vectors import still

MODE = "9600 8N1"


def nothing(channel, now, value):
    pass


def tilt_twin(unit, roll=1000, log=nothing):
    """An inclinometer: one ask of 6 registers."""
    return witmotion_tilt.Twin(unit, {"roll": still(roll), "pitch": still(20)}, log)


def tilt(unit, every_ms=1000, priority=ROUTINE):
    """Its Device, named after the unit."""
    driver = load("witmotion-tilt")({"address": unit})
    return Device("tilt%d" % unit, driver, every_ms, priority)


def relay_twin(unit, count=2, welded=()):
    signals = {"relay%d" % (number + 1): still(0) for number in range(count)}
    return relay_board.Twin(unit, signals, nothing, welded)


def relays(unit, count=2, safe="off"):
    driver = load("relay-board")({"address": unit, "relays": count, "safe": safe})
    return Device("relays%d" % unit, driver, 10000)


class Heard:
    """A twin that only notes which requests go over the line, and when they end there."""

    turnaround_ms = 0

    def __init__(self):
        self.requests = []

    def receive(self, data, now_ms):
        self.requests.append((now_ms, data))
        return b""

    def tick(self, now_ms):
        return b""

    def units(self):
        return [data[0] for _, data in self.requests]


class World:
    """One line, and what the bus said."""

    def __init__(self, twins, devices, mode=MODE, **faults):
        self.heard = Heard()
        self.line = SimLine([self.heard] + twins, Dice(7), **faults)
        self.said = []
        self.devices = devices
        self.bus = Bus(self.line, mode, devices, Dice(5), self._log, False)
        self.now = 1000
        self.results = []  # (instant, Result)

    def _log(self, topic, text):
        self.said.append("%s: %s" % (topic, text))

    def run(self, until, wanted=None):
        """Let time pass until an instant, or until wanted() is true; returns whether it was."""
        while self.now < until:
            self.line.advance(self.now)
            wake = self.bus.step(self.now)
            assert wake > self.now, "it asks to be called again at once, for ever"
            self.results.extend([(self.now, result) for result in self.bus.take()])
            if wanted is not None and wanted():
                return True
            at = self.line.next_ms(self.now)
            self.now = min(until, wake if at is None else min(wake, at))
        return False

    def read(self, device, patience=20000):
        """One reading of device: its Result."""
        self.results = []
        self.bus.request(device, self.now)
        assert self.run(self.now + patience, lambda: self.results), "no result"
        return self.results[0][1]

    def command(self, device, channel, value):
        """One Command to device, as it is put to the bus."""
        return command.write(self.bus, device, channel, value, self.now)

    def write(self, device, channel, value):
        """One Command to device, when it is over."""
        given = self.command(device, channel, value)
        assert given.over or self.run(self.now + 20000, lambda: given.over), "it does not end"
        return given

    def poll(self, until):
        """Every device as often as it wants, until an instant; {name: readings that came}."""
        counts = {device.name: 0 for device in self.devices}
        due = {device.name: self.now for device in self.devices}
        self.results = []
        while self.now < until:
            for device in self.devices:
                if self.now >= due[device.name]:
                    due[device.name] += device.every_ms
                    self.bus.request(device, self.now)
            self.run(min(until, min(due.values())))
            for _, result in self.results:
                counts[result.device.name] += result.error is None
            self.results = []
            self.heard.requests = []
        return counts


ALARM = ALARM_PRIORITY

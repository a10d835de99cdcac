"""A week of a board on simulated time, in a small heap. MicroPython only; see bench/board.py.

The whole agent with four sensors on three lines, a journal in a file, SM2 in plain integers or
machine code, and the board's MQTT carrier, whose server stands in the same heap, as the sensors do.
``main(days)`` prints the bytes in use at the end of each day, once everything is acknowledged.
"""

import gc

gc.threshold(2048)  # as board/app.py does

from small_journal import FileBackedFlash  # noqa: E402

from agent import drivers, frame, frame_reader  # noqa: E402
from agent.agent import Agent, Ports  # noqa: E402
from agent.buffer.journal import Journal  # noqa: E402
from agent.buffer.state import SECTORS, StateStore  # noqa: E402
from agent.events import CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP  # noqa: E402
from agent.protocols import cose, mqtt, mqtt_session  # noqa: E402
from agent.protocols.signers import SoftSigner, SoftVerifier  # noqa: E402
from agent.protocols.sm2_sign import public_key  # noqa: E402
from agent.reading import LANES  # noqa: E402
from agent.settings import unpack  # noqa: E402
from board.mqtt import Carrier  # noqa: E402
from simulators.world.dice import Dice  # noqa: E402
from simulators.world.ledger import Ledger  # noqa: E402
from simulators.world.line import SimLine  # noqa: E402
from simulators.world.sensors import (  # noqa: E402
    dyp_ultrasonic,
    plantower_pms5003,
    winsen_ze07,
    witmotion_tilt,
)
from simulators.world.signal import Signal  # noqa: E402

DAY = 86400000
IDLE = 2000
DEVICE, PLATFORM = 1234567, 4711
UTC = 1790000000000


class _Nothing:
    def close(self):
        pass


class Loopback(Carrier):
    """The board's MQTT carrier with its server at hand instead of a socket."""

    def __init__(self, entropy):
        super().__init__("mqtt://127.0.0.1", "CD-JJ-0001")
        self.signer = SoftSigner(PLATFORM, entropy, 0)
        self.ledgers = [Ledger() for _ in LANES]
        self.now = 0

    def connect(self, now_ms):
        self.sock = _Nothing()
        self.session.open(now_ms)

    def _work(self, now):
        self.now = now
        outbox = self.session.outbox
        while outbox:
            for answer in self._serve(outbox.pop(0)):
                self._heard(answer, now)
        self.session.tick(now)

    def _flush(self):
        pass

    def _heard(self, data, now):
        for event, detail in self.session.receive(data, now):
            if event == mqtt_session.CONNECTED:
                self._events.append((CARRIER_UP, not detail))
            elif event == mqtt_session.PUBLISHED:
                self._events.append((CARRIER_HOP, detail))
            else:
                self._events.append((CARRIER_MESSAGE, detail))

    def _serve(self, packet):
        """The server's answers to one MQTT packet."""
        kind = packet[0] >> 4
        if kind == 1:
            return [b"\x20\x02\x00\x00"]  # CONNACK
        if kind == 8:
            return [b"\x90\x03\x00\x01\x01"]  # SUBACK
        if kind != 3:
            return []
        at = 1
        while packet[at] & 0x80:
            at += 1
        size = packet[at + 1] << 8 | packet[at + 2]
        topic = bytes(packet[at + 3 : at + 3 + size])
        at += 3 + size
        answers = [b"\x40\x02" + packet[at : at + 2]]
        if b"/up/" in topic:
            answers += self._take(packet[at + 2 :])
        return answers

    def _take(self, data):
        """The platform's acknowledgement of frames, if it owes one."""
        due = False
        for part in cose.split(bytes(data)):
            parsed = cose.parse1(part)
            got = frame_reader.identify(parsed.payload)
            if got.kind == frame.HOLDINGS:
                due = True
                continue
            ledger = self.ledgers[got.lane]
            ledger.add(got.seq)
            due = due or got.lane == 0 or ledger.contiguous - ledger.told >= 10
        if not due:
            return []
        acked = {}
        for lane in LANES:
            ledger = self.ledgers[lane]
            acked[lane] = ledger.told = ledger.contiguous
        ack = frame.Acknowledgement(parsed.kid, got.epoch, acked, [], [], self.now + UTC)
        sealed = cose.sign1(frame_reader.encode_acknowledgement(ack), self.signer)
        return [mqtt.publish("pole/CD-JJ-0001/down", 7, sealed)]


def _sensors(dice):
    def walk(value):
        return Signal(dice, value, 2, 0, 900)

    def log(channel, now, value):
        pass

    level = dyp_ultrasonic.Twin(1, {"level": walk(20), "temperature": walk(215)}, log)
    tilt = witmotion_tilt.Twin(80, {"roll": walk(0), "pitch": walk(120)}, log)
    gas = winsen_ze07.Twin({"co": walk(5)}, log)
    air = plantower_pms5003.Twin({name: walk(20) for name in ("pm1", "pm25", "pm10")}, log)
    return {"rs485": SimLine([level, tilt]), "gas": SimLine([gas]), "air": SimLine([air])}


def main(days):
    """Live for so many days by settings.bin."""
    dice = Dice(3)
    lines = _sensors(dice)
    flash = FileBackedFlash("flash.bin")
    journal = Journal(flash, lambda: 77, SECTORS)
    journal.mount()
    ports = Ports(
        lines, journal, StateStore(flash), Loopback(dice), SoftSigner(DEVICE, dice, 0),
        SoftVerifier([public_key(PLATFORM)]), dice, lambda topic, text: None,
    )  # fmt: skip
    with open("settings.bin", "rb") as file:
        ready = unpack(file.read())
    classes = {name: drivers.load(name) for name in ready.drivers()}
    agent = Agent(ready, classes, ports, "simulated", "power-on")
    now = 1000
    for day in range(1, days + 1):
        while now < day * DAY:
            for line in lines.values():
                line.advance(now)
            wake = agent.step(now)
            for bus in agent.buses:
                bus.line.listening = bus.waiting()
            for line in lines.values():
                at = line.next_ms(now)
                if at is not None and at < wake:
                    wake = at
            if wake - now > IDLE:
                # Nothing is under way, and the server at hand needs no look every few seconds.
                wake = min([group.due for group in agent.groups])
            now = max(now + 1, wake)
        held = sum([journal.next_seq(lane) - 1 - journal.released(lane) for lane in LANES])
        gc.collect()
        print("day %d: used %d, free %d, sealed %d, held %d" % (
            day, gc.mem_alloc(), gc.mem_free(), agent.sealer.sealed, held))  # fmt: skip

"""Runs on a board that a laptop holds by its REPL: the board's own agent, a turn at a time.

In no slot: a laptop sends it, linked with an agent of its own (provisioning.commissioning), and
takes both away at the end; so does the board's next start. What is answered is one line that begins
with MARK, a CBOR value in hex; whatever else is printed is the agent's log.
"""

import binascii
import gc
import time

from agent import drill, maintenance
from agent.protocols import cbor
from agent.reading import ALARM, HOLDOVER, LANES
from board import app
from board.clock import BoardClock
from board.radio import Radio
from board.which import board_of

MARK = "=> "
STEP_MS = 10
CHUNK = 3000  # bytes of frames that are printed at once
PIECE = 128  # bytes of an answer that are made hex at once: no large piece of heap is needed


def answer(value):
    """Say value to the laptop."""
    data = cbor.encode(value)
    print(MARK, end="")
    for at in range(0, len(data), PIECE):
        print(data[at : at + PIECE].hex(), end="")
    print()


class Held:
    """The agent of a slot. folder: where its settings lie, "/" at the end; snapshot and
    recorder: of agent.linux.commissioning, a function and an instance; dog: a watchdog, fed while
    the laptop asks for turns."""

    def __init__(self, folder, snapshot, recorder, dog):
        from agent.settings import unpack

        gc.threshold(2048)
        with open(folder + "settings.bin", "rb") as file:
            lines = unpack(file.read()).lines
        self._lines = [(line.name, line.port, line.mode) for line in lines]
        self._clock = BoardClock()
        self._radio = Radio(app.log)
        self._snapshot = snapshot
        self._recorder = recorder
        self._dog = dog
        self.agent = app.build(board_of(folder), self._clock.now_ms(), folder)
        self.agent.watchers.append(self._recorder)
        utc = self._clock.utc_ms()
        if utc is not None:
            self.agent.learn_time(self._clock.now_ms(), utc, 1000, "board clock")

    def turn(self, length_ms):
        """Let the agent work so long, and say what it knows."""
        self._dog.feed()
        now = self._clock.now_ms()
        end = now + length_ms
        while now < end:
            self._radio.check(now)
            wait = self.agent.step(now) - self._clock.now_ms()
            time.sleep_ms(max(0, min(STEP_MS, wait)))
            now = self._clock.now_ms()
        gc.collect()
        answer(self._snapshot(self.agent, self._recorder, self._lines, now))

    def tell(self, kind, body):
        """Seal a record; body: CBOR in hex. Says its sequence."""
        now = self._clock.now_ms()
        self.agent.tell(kind, cbor.decode(binascii.unhexlify(body)), now)
        self.agent.step(now)
        answer(self.agent.store.alarm_seq)

    def drill(self, device, channel, for_ms, who):
        """Begin a drill, or end the one that is on with for_ms 0. Says why there is none, or ""."""
        now = self._clock.now_ms()
        if for_ms:
            answer(drill.begin(self.agent, now, device, channel, for_ms, who))
        else:
            drill.end(self.agent, now, drill.ENDED)
            answer("")

    def maintain(self, for_ms, who, why):
        """Begin maintenance, or end it with for_ms 0."""
        now = self._clock.now_ms()
        if for_ms:
            maintenance.begin(self.agent, now, for_ms, who, why)
        else:
            maintenance.end(self.agent, now, "by " + who)
        answer("")

    def give_time(self, utc_ms, uncertainty_ms, source):
        """A person's time; whether there was none."""
        known = self.agent.sealer.utc_offset is not None
        if not known:
            now = self._clock.now_ms()
            self.agent.learn_time(now, utc_ms, uncertainty_ms, source, HOLDOVER)
        answer(not known)

    def frame(self, seq):
        """The alarm lane's frame of that sequence, in hex, or null."""
        data = self.agent.ports.journal.read(ALARM, seq)
        answer(None if data is None else data.hex())

    def chunk(self, lane, seq):
        """[frames that wait, in hex, where the next ones are or null], from (lane, seq) on."""
        journal = self.agent.ports.journal
        found = []
        size = 0
        while lane < len(LANES):
            seq = max(seq, journal.released(lane) + 1)
            while seq <= journal.durable(lane) and size < CHUNK:
                data = journal.read(lane, seq)
                seq += 1
                if data is not None:
                    found.append(data.hex())
                    size += len(data)
            if size >= CHUNK:
                answer([found, [lane, seq]])
                return
            lane, seq = lane + 1, 0
        answer([found, None])

    def beacon(self):
        """The signed holdings, in hex."""
        agent = self.agent
        data = agent.sealer.beacon(agent.uplink.beacon_ms, self._clock.now_ms())
        answer(bytes(data).hex())

    def brought(self, downlink):
        """Take an acknowledgement that somebody carried here, in hex; whether it was genuine."""
        data = binascii.unhexlify(downlink)
        answer(bool(self.agent.uplink.brought(data, self._clock.now_ms())))

    def stop(self):
        """An orderly end."""
        self._dog.feed()
        app.finish(self.agent, self._clock)
        answer("")

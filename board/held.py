"""Runs on a board that a laptop holds by its REPL: the board's own agent, a turn at a time.

In no slot: a laptop sends it, linked with an agent of its own (provisioning.commissioning), and
takes both away at the end; so does the board's next start. What is answered is one line that begins
with MARK, a CBOR value in hex; whatever else is printed is the agent's log.
"""

import binascii

from agent import drill, late, maintenance
from agent.errors import BadFrame
from agent.protocols import cbor, cose
from agent.reading import ALARM, HOLDOVER, LANES
from board import app
from board.lent import Lent

MARK = "=> "
CHUNK = 3000  # bytes of frames that are printed at once
PIECE = 128  # bytes of an answer that are made hex at once: no large piece of heap is needed


def answer(value):
    """Say value to the laptop."""
    data = cbor.encode(value)
    print(MARK, end="")
    for at in range(0, len(data), PIECE):
        print(data[at : at + PIECE].hex(), end="")
    print()


class Held(Lent):
    """What the laptop asks of the agent of a slot."""

    def turn(self, length_ms):
        """Let the agent work so long, and say what it knows."""
        self.dog.feed()
        now = self.clock.now_ms()
        end = now + length_ms
        while now < end:
            now = self.work(now)
        answer(self.seen(now))

    def tell(self, kind, body):
        """Seal a record; body: CBOR in hex. Says its sequence."""
        now = self.clock.now_ms()
        self.agent.tell(kind, cbor.decode(binascii.unhexlify(body)), now)
        self.agent.step(now)
        answer(self.agent.store.alarm_seq)

    def drill(self, device, channel, for_ms, who):
        """Begin a drill, or end the one that is on with for_ms 0. Says why there is none, or ""."""
        now = self.clock.now_ms()
        if for_ms:
            answer(drill.begin(self.agent, now, device, channel, for_ms, who))
        else:
            drill.end(self.agent, now, drill.ENDED)
            answer("")

    def maintain(self, for_ms, who, why):
        """Begin maintenance, or end it with for_ms 0."""
        now = self.clock.now_ms()
        if for_ms:
            maintenance.begin(self.agent, now, for_ms, who, why)
        else:
            maintenance.end(self.agent, now, "by " + who)
        answer("")

    def give_time(self, utc_ms, uncertainty_ms, source):
        """A person's time; whether there was none."""
        known = self.agent.sealer.utc_offset is not None
        if not known:
            now = self.clock.now_ms()
            self.agent.learn_time(now, utc_ms, uncertainty_ms, source, HOLDOVER)
        answer(not known)

    def frame(self, seq):
        """The alarm lane's frame of that sequence, in hex, or null."""
        data = self.agent.ports.journal.read(ALARM, seq)
        answer(None if data is None else data.hex())

    def chunk(self, lane, seq):
        """[frames that wait for a platform, in hex, where the next ones are or null], from
        (lane, seq) on."""
        journal = self.agent.ports.journal
        found = []
        size = 0
        while lane < len(LANES):
            released = [journal.released(lane, to) for to in range(journal.destinations)]
            seq = max(seq, min(released) + 1)
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
        data = agent.sealer.beacon(agent.uplink.beacon_ms, self.clock.now_ms())
        answer(bytes(data).hex())

    def brought(self, downlink):
        """Take an acknowledgement that somebody carried here, in hex, for the platform whose key
        signed it; whether it was genuine."""
        data = binascii.unhexlify(downlink)
        answer(late.brought(self.signed_by(data), data, self.clock.now_ms()))

    def signed_by(self, downlink):
        """The Uplink to that platform; where nobody's key fits, the first, which refuses it."""
        try:
            kid = cose.parse1(downlink).kid
        except BadFrame:
            return self.agent.uplink
        for uplink in self.agent.uplinks:
            if uplink.gate.verifier.trusts(kid):
                return uplink
        return self.agent.uplink

    def stop(self):
        """An orderly end."""
        self.dog.feed()
        app.finish(self.agent, self.clock)
        answer("")

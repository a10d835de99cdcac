"""A pole that comes back after seven days: its backlog in the journal, and the real uplink that
drains it over the simulated network to an ingester. Time is simulated.
"""

from agent import frame
from agent.buffer.journal import Journal
from agent.reading import ALARM, DIAGNOSTIC, LANES
from agent.seal import Sealer
from agent.uplink import Uplink
from simulators.world.carrier import Carrier
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier
from simulators.world.stream_carrier import StreamCarrier

DEVICE, PLATFORM = b"device", b"platform"
MINUTE = 60_000
FRAMES = 7 * 24 * 60  # one a minute
COLUMNS, ROWS = 8, 15  # about 300 bytes when signed
SECTORS = 1024  # of 4 KB: it holds the week
BEACON, RETRY = 600_000, 60_000


class Edge:
    """A kind of pole: over a stream or by datagrams, and how many bytes one offer and the whole way
    may hold."""

    def __init__(self, name: str, stream: bool, limit: int, window: int, ceiling: int) -> None:
        self.name = name
        self.stream = stream
        self.limit = limit
        self.window = window
        self.ceiling = ceiling

    def carrier(self, network: Network) -> Carrier:
        """Its carrier on a simulated network."""
        carrier: Carrier
        if self.stream:
            network.patience = STREAM_PATIENCE
            carrier = StreamCarrier(network, "pole", self.window)
        else:
            carrier = Carrier(network, "pole", self.window, False)
        carrier.limit = self.limit
        return carrier


# As agent.linux.mqtt and agent.linux.node have them, and board.coap and board.app.
NODE_MQTT = Edge("MQTT, node", True, 4096, 1024, 1 << 20)
BOARD_COAP = Edge("CoAP, board", False, 1000, 10, 8192)
STREAM_PATIENCE = 90_000  # one and a half keep-alives


def _no_log(topic: str, text: str) -> None:
    pass


def _rows(dice: Dice, began: int) -> frame.RowBuffer:
    buffer = frame.RowBuffer(b"rows", COLUMNS)
    values = [dice.below(4000) for _ in range(COLUMNS)]
    for row in range(ROWS):
        values = [value + dice.between(-40, 40) for value in values]
        buffer.add(began + row * 4000, values, [0] * COLUMNS)
    return buffer


def week(first_sector: int = 0) -> bytearray:
    """The cells of a flash that holds the week: telemetry, and some alarms and statuses."""
    flash = SimFlash(SECTORS)
    journal = Journal(flash, lambda: 7, first_sector)
    journal.mount()
    sealer = Sealer(journal, DigestSigner(DEVICE), _no_log)
    dice = Dice(7)
    for number in range(FRAMES):
        now = number * MINUTE
        if number % 100 == 50:
            sealer.record(ALARM, frame.ALARM_FRAME, alarm(now), now)
        elif number % 100 == 99:
            sealer.record(DIAGNOSTIC, frame.STATUS, {1: "0", 4: "x" * 150}, now)
        else:
            sealer.rows(_rows(dice, now))
    cells: bytearray = flash.cells
    return cells


def alarm(now: int) -> dict[int, object]:
    """The body of an alarm that was raised at an instant."""
    return {1: "underpass", 2: "level", 3: frame.RAISED, 4: 340, 5: -3, 6: "m", 7: 0,
            8: [1, 300], 9: now.to_bytes(8, "big")}  # fmt: skip


class Pole:
    """The pole after its restart. round_trip in ms, shared out evenly; ``alarms``: seq to when it
    was first committed."""

    def __init__(self, cells: bytearray, edge: Edge, round_trip: int, seed: int = 1) -> None:
        self.now = FRAMES * MINUTE
        self.began = self.now
        self.dice = Dice(seed)
        self.alarms: dict[int, int] = {}
        self.journal = Journal(SimFlash(SECTORS, cells=bytearray(cells)), lambda: 8)
        self.journal.mount()
        self.sealer = Sealer(self.journal, DigestSigner(DEVICE), _no_log)
        self.ingester = Ingester(DigestVerifier([DEVICE]), DigestSigner(PLATFORM))
        one_way = round_trip // 2
        self.network = Network(self.dice, self._receive, (one_way, one_way))
        self.carrier = edge.carrier(self.network)
        self.uplink = Uplink(
            self.carrier, self.sealer, DigestVerifier([PLATFORM]), self.dice, _no_log, BEACON,
            RETRY, edge.ceiling,
        )  # fmt: skip

    def _receive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> object:
        before = len(self.ingester.contents)
        answer = self.ingester.receive(now, data, ask)
        if lane == ALARM and len(self.ingester.contents) > before:
            for key in list(self.ingester.contents)[before:]:
                self.alarms[key[2]] = now
        return answer

    def step(self, until: int) -> None:
        """One step, and on to the next one that is due, at the latest until an instant."""
        wake = self.uplink.step(self.now)
        due = self.carrier.due()
        self.now = max(self.now + 1, min(until, wake, due or wake))

    def drained(self) -> bool:
        """Whether the platform acknowledged everything."""
        journal = self.journal
        return all(journal.released(lane) == journal.next_seq(lane) - 1 for lane in LANES)

    def lost(self) -> int:
        """Frames that were sealed and never came."""
        journal = self.journal
        return sum(journal.next_seq(lane) - 1 for lane in LANES) - len(self.ingester.contents)

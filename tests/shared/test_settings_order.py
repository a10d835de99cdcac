"""Settings that orders bring, at the whole agent: in parts, judged, numbered, told with a name."""

from agent import frame, frame_reader, order_writer
from agent.errors import NOT_ALLOWED, REPLAYED, BadSettings
from agent.orders import CHANGE_SETTINGS, MAINTENANCE
from agent.protocols import cose
from agent.settings_order import KEPT, REFUSED, TAKEN, tell
from simulators.world.signer import DigestSigner
from tests.shared.test_orders import MINUTE, PLATFORM, order, pole

NEW = bytes(range(256)) * 6  # three parts
HASH = b"new hash"
ANNA = DigestSigner(b"anna")


class Store:
    """Settings in memory; those that begin with "bad" are judged so."""

    limit = 4000

    def __init__(self):
        self.digest = None
        self.parts = b""
        self.changes = []

    def begun(self, digest):
        return len(self.parts) if digest == self.digest else 0

    def add(self, digest, offset, part):
        self.digest = digest
        self.parts = (self.parts if offset else b"") + part

    def whole(self):
        return self.parts

    def judge(self, whole, platform):
        if whole[:3] == b"bad" or not (platform or whole[:3] != b"far"):
            raise BadSettings(["line 7: unknown"])
        return HASH

    def change(self, whole, note):
        self.changes.append((whole, note))


def world_with_store():
    world = pole()
    store = Store()
    world.agent.ports.settings = lambda: store
    return world, store


def bodies(world, whole=NEW, number=100):
    return order_writer.settings(number, world.agent.settings.hash, whole)


def bring(world, parts, first=1, signer=PLATFORM):
    for count, body in enumerate(parts):
        order(world, first + count, body, frame.SETTINGS, signer)


def told(world):
    """The records of changes that the platform has."""
    world.run(world.now + MINUTE)
    records = []
    for key in sorted(world.ingester.contents):
        got = frame_reader.decode(cose.parse1(world.ingester.contents[key]).payload)
        if got.kind == frame.CHANGE:
            records.append(got.body)
    return records


def test_settings_come_in_parts_and_restart_the_agent():
    world, store = world_with_store()
    parts = bodies(world)
    assert len(parts) == 3
    bring(world, parts[:2])
    assert not store.changes and not world.agent.restart
    bring(world, parts[2:], 3)
    before = world.agent.settings.hash
    assert store.changes == [(NEW, [before, HASH, 100, "platform", PLATFORM.kid])]
    assert world.agent.restart
    (record,) = told(world)
    assert record == {1: TAKEN, 2: before, 3: HASH, 4: 100, 5: "platform", 6: PLATFORM.kid, 7: ""}


def test_parts_of_before_a_restart_count():
    world, store = world_with_store()
    parts = bodies(world)
    bring(world, parts[:2])
    world.boot("watchdog")
    world.agent.ports.settings = lambda: store
    world.run(world.now + MINUTE)
    bring(world, parts[2:], 3)
    assert [change[0] for change in store.changes] == [NEW]


def test_older_settings_are_refused_whoever_signs_them():
    world, store = world_with_store()
    bring(world, bodies(world, NEW, 100))
    world.boot("restart")
    world.agent.ports.settings = lambda: store
    world.run(world.now + MINUTE)
    for number in (99, 100):
        bring(world, bodies(world, b"older", number), 10 + number)
    assert len(store.changes) == 1
    assert world.agent.uplink.gate.refused == {NOT_ALLOWED: 2}
    bring(world, bodies(world, b"newer", 101), 300)
    assert [change[0] for change in store.changes] == [NEW, b"newer"]


def test_what_does_not_fit_together_changes_nothing():
    world, store = world_with_store()
    parts = bodies(world)
    other = order_writer.settings(100, b"8 octets", b"whole")
    cut = dict(parts[0])
    cut[6] = parts[0][6][:-1]
    altered = dict(parts[2])
    altered[6] = parts[2][6][:-1] + b"\x00"
    too_long = order_writer.settings(100, world.agent.settings.hash, bytes(5000))[:1]
    tries = ([parts[1]], [parts[0], parts[2]], [cut, parts[1]], other, too_long, [{}],
             parts[:2] + [altered], [{1: "5"}])  # fmt: skip
    count = 1
    for each in tries:
        bring(world, each, count)
        count += len(each)
        assert not store.changes and not world.agent.restart
    bring(world, bodies(world, b"bad"), count)
    assert not store.changes and not world.agent.restart
    last = told(world)[-1]
    assert (last[1], last[3], last[5], last[7]) == (REFUSED, None, "platform", "line 7: unknown")


def test_settings_that_cannot_be_kept_are_told():
    world, store = world_with_store()

    def full(whole, note):
        raise OSError(28, "no space")

    store.change = full
    bring(world, bodies(world))
    assert not world.agent.restart and told(world)[-1][1] == REFUSED
    world.agent.ports.settings = None
    bring(world, bodies(world, NEW, 101), 10)
    assert not world.agent.restart


def test_a_technician_changes_settings_only_with_that_verb():
    for verbs, allowed in (([MAINTENANCE], False), ([CHANGE_SETTINGS], True)):
        world, store = world_with_store()
        orders = world.agent.uplink.gate._orders()
        _trusted(world, orders, verbs)
        bring(world, bodies(world), 1, ANNA)
        assert bool(store.changes) == allowed and world.agent.restart == allowed
        # Where the platform is, is not for him to say.
        if allowed:
            assert store.changes[0][1][3:] == ["Anna", ANNA.kid]
            bring(world, bodies(world, b"far away", 200), 50, ANNA)
            assert len(store.changes) == 1 and told(world)[-1][1] == REFUSED
        else:
            assert world.agent.uplink.gate.refused == {NOT_ALLOWED: 3}
        bring(world, bodies(world), 1, ANNA)
        assert len(store.changes) == int(allowed)
        assert world.agent.uplink.gate.refused.get(REPLAYED, 0) == (3 if allowed else 0)


def _trusted(world, orders, verbs):
    """Let Anna be a technician: her stand-in for a key is no point of a curve."""
    from agent.orders import _Technician

    verifier = world.agent.uplink.gate.verifier
    verifier._secrets[ANNA.kid] = b"anna"
    anna = _Technician(1, 1 << 60, 0, 1 << 60)
    anna.verbs, anna.name = verbs, "Anna"
    orders._technicians[ANNA.kid] = anna


def test_what_came_of_settings_is_told():
    world = pole()
    tell(world.agent, [KEPT, b"8 before", HASH, 100, "Anna", ANNA.kid, "w" * 500], world.now)
    (record,) = told(world)
    assert (record[1], record[2], record[3], record[5]) == (KEPT, b"8 before", HASH, "Anna")
    assert len(record[7]) == 120


def test_holdings_name_the_newest_order():
    world = pole()
    order(world, 7, {1: MAINTENANCE, 2: MINUTE})
    data = world.agent.sealer.beacon(1000, world.now, 0, world.agent.uplink.gate.ordered())
    assert frame_reader.decode(cose.parse1(data).payload).body[4] == 7
    world.boot("restart")
    world.run(world.now + MINUTE)
    assert world.agent.uplink.gate.ordered() == 7

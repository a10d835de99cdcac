"""The gate for downlinks, with real SM2: forged, foreign, replayed, late, expired, rolled back."""

from agent import frame, frame_reader, order_writer
from agent.downlink import Gate
from agent.errors import EXPIRED, FOREIGN, FORGED, NOT_ALLOWED, REPLAYED
from agent.orders import MAX_TECHNICIANS
from agent.protocols import cbor, cose
from agent.protocols.signers import SoftSigner, SoftVerifier
from simulators.world.dice import Dice

DEVICE = b"\x01device\x01"
OTHER = b"\x02device\x02"
NOW = 1_790_000_000_000
HOUR = 3_600_000
MUTE, OPEN = 1, 2  # verbs
NO_ORDERS = [0, None, None, None, [], 0]

PLATFORM = SoftSigner(1001, Dice(1))
SECOND = SoftSigner(1002, Dice(2))
THIRD = SoftSigner(1003, Dice(3))
STRANGER = SoftSigner(1004, Dice(4))
ANNA = SoftSigner(1005, Dice(5))


class World:
    """A gate, and the flash that outlives it."""

    def __init__(self):
        self.stored = None
        self.fails = False
        self.said = []
        self.boot()

    def boot(self, key=PLATFORM):
        """Start again: key is the platform's in the settings."""
        self.gate = Gate(SoftVerifier([key.public]), [DEVICE], self.log)
        self.gate.keep = self.keep
        if self.stored is not None:
            self.gate.restore(cbor.decode(self.stored))

    def log(self, topic, text):
        self.said.append(text)

    def keep(self):
        if not self.fails:
            self.stored = cbor.encode(self.gate.kept())
        return not self.fails

    def take(self, data, utc=NOW):
        return self.gate.open(data, utc)

    def refuses(self, reason, data, utc=NOW):
        """Whether data is refused for that reason, and nothing is changed."""
        before, kept = self.gate.refused.get(reason, 0), self.gate.kept()
        result = self.gate.open(data, utc)
        counted = self.gate.refused.get(reason, 0) == before + 1
        same = [part or NO_ORDERS for part in kept] == [
            part or NO_ORDERS for part in self.gate.kept()
        ]
        return result is None and counted and same


def ack(signer=PLATFORM, device=DEVICE, utc=NOW):
    return cose.sign1(
        frame_reader.encode_acknowledgement(
            frame.Acknowledgement(device, 7, {0: 0, 1: 42, 2: 0}, [], [], utc)
        ),
        signer,
    )


def command(count, signer=PLATFORM, device=DEVICE, verb=MUTE, expires=NOW + HOUR):
    payload = order_writer.encode(frame.COMMAND, device, NOW, count, expires, {1: verb, 2: 600})
    return cose.sign1(payload, signer)


def next_key(count, key, signer=PLATFORM):
    payload = order_writer.next_key(DEVICE, NOW, count, NOW + HOUR, key.public)
    return cose.sign1(payload, signer)


def grant(count, key=ANNA, signer=PLATFORM, verbs=(MUTE,), expires=NOW + 2 * HOUR, name="Anna"):
    verbs = list(verbs)
    payload = order_writer.grant(DEVICE, NOW, count, expires, key.public, verbs, name)
    return cose.sign1(payload, signer)


def test_acknowledgements_release_late_but_ask_and_tell_time_only_once():
    world = World()
    assert world.take(ack(utc=NOW)).gain > 0
    assert world.take(ack(utc=NOW)).gain == 0
    assert world.take(ack(utc=NOW - 5)).gain == -5
    assert world.take(ack(utc=NOW + 5)).gain == 5
    assert world.keep()
    world.boot()
    # An old one that somebody kept is known for one after a restart, too.
    late = world.take(ack(utc=NOW))
    assert late.gain == -5 and late.acked[1] == 42


def test_others_words_are_refused():
    world = World()
    for word in (ack, lambda signer, device=DEVICE: command(1, signer, device)):
        assert world.refuses(FORGED, word(STRANGER))
        assert world.refuses(FOREIGN, word(PLATFORM, OTHER))
    for data in (b"", b"\xd2", ack()[:-1], ack() + b"\x00", cbor.encode([1, 2])):
        assert world.refuses(FORGED, data)
    unknown = order_writer.encode(99, DEVICE, NOW, 1, NOW + HOUR, {})
    assert world.refuses(FORGED, cose.sign1(unknown, PLATFORM))
    assert world.refuses(FORGED, cose.sign1(cbor.encode([1]), PLATFORM))
    assert len(world.said) == 11


def test_another_algorithm_is_refused():
    for alg in (cose.ALG_ES256, 0, -1):
        signer = SoftSigner(1001, Dice(6))
        signer.alg = alg
        world = World()
        assert world.refuses(FORGED, ack(signer)) and world.refuses(FORGED, command(1, signer))


def test_a_command_is_obeyed_once_in_its_order_and_time():
    world = World()
    order = world.take(command(5))
    assert (order.kind, order.body, order.by) == (frame.COMMAND, {1: MUTE, 2: 600}, "platform")
    assert world.refuses(REPLAYED, command(5)) and world.refuses(REPLAYED, command(4))
    assert world.refuses(EXPIRED, command(6), NOW + HOUR)
    assert world.refuses(EXPIRED, command(6), None)
    world.boot()
    assert world.refuses(REPLAYED, command(5))
    assert world.take(command(6)).body[2] == 600


def test_no_order_is_obeyed_that_cannot_be_remembered():
    world = World()
    world.fails = True
    assert world.refuses(NOT_ALLOWED, command(1)) and world.refuses(NOT_ALLOWED, grant(1))
    assert world.refuses(NOT_ALLOWED, next_key(1, SECOND)) and world.refuses(FORGED, ack(SECOND))
    world.fails = False
    assert world.take(command(1)).by == "platform"
    world.gate.keep = None
    assert world.refuses(NOT_ALLOWED, command(2))


def test_what_was_kept_and_cannot_be_read_stops_orders():
    world = World()
    world.take(command(1))
    world.boot()
    try:
        world.gate.restore([NOW, [1]])
    except (ValueError, IndexError):
        assert world.refuses(NOT_ALLOWED, command(2))
        return
    raise AssertionError("restored")


def test_the_platforms_key_rotates():
    world = World()
    assert world.refuses(FORGED, ack(SECOND))
    world.take(next_key(1, SECOND))
    assert world.take(ack(PLATFORM, utc=NOW + 1)).gain > 0, "the present key counts until the next"
    world.boot()
    assert world.take(ack(SECOND, utc=NOW + 2)).gain > 0
    for _ in range(2):
        # From now on the former key is nobody's, also after a restart with the old settings.
        assert world.refuses(FORGED, ack(PLATFORM, utc=NOW + 3))
        assert world.refuses(FORGED, next_key(9, THIRD, PLATFORM))
        world.boot()
    assert world.refuses(REPLAYED, command(1, SECOND)), "counts go on"
    world.take(next_key(2, THIRD, SECOND))
    assert world.take(command(3, THIRD)).by == "platform"
    assert world.refuses(FORGED, ack(SECOND))


def test_a_next_key_is_replaced_by_a_later_one():
    world = World()
    world.take(next_key(1, SECOND))
    world.take(next_key(2, THIRD))
    assert world.refuses(FORGED, ack(SECOND)) and world.refuses(REPLAYED, next_key(1, SECOND))
    assert world.refuses(NOT_ALLOWED, next_key(3, PLATFORM)), "the key that speaks"
    world.take(ack(THIRD))
    assert world.refuses(FORGED, ack(PLATFORM))


def test_new_settings_with_another_key_begin_anew():
    world = World()
    world.take(command(7))
    world.take(next_key(8, SECOND))
    world.take(ack(SECOND))
    world.boot(THIRD)
    assert world.take(command(1, THIRD)).by == "platform"
    assert world.refuses(FORGED, ack(SECOND)) and world.refuses(FORGED, ack(PLATFORM))


def test_a_technician_commands_what_is_granted_and_nothing_else():
    world = World()
    assert world.refuses(FORGED, command(1, ANNA))
    world.take(grant(1))
    order = world.take(command(1, ANNA))
    assert order.by == "Anna" and order.body[1] == MUTE
    assert world.refuses(REPLAYED, command(1, ANNA))
    assert world.refuses(NOT_ALLOWED, command(2, ANNA, verb=OPEN))
    assert world.refuses(EXPIRED, command(2, ANNA, expires=NOW + 3 * HOUR))
    assert world.refuses(FOREIGN, command(2, ANNA, OTHER))
    # Neither acknowledgements nor keys nor grants nor settings.
    assert world.refuses(NOT_ALLOWED, ack(ANNA)) and world.refuses(
        NOT_ALLOWED, grant(9, ANNA, ANNA)
    )
    assert world.refuses(NOT_ALLOWED, next_key(9, STRANGER, ANNA))
    settings = order_writer.encode(frame.SETTINGS, DEVICE, NOW, 2, NOW + HOUR, {1: MUTE})
    assert world.refuses(NOT_ALLOWED, cose.sign1(settings, ANNA))
    assert world.take(command(1)).by == "platform", "counts are kept apart"


def test_a_technician_shows_his_grant_again_after_a_restart():
    world = World()
    world.take(grant(1))
    world.take(command(1, ANNA))
    world.boot()
    assert world.refuses(FORGED, command(2, ANNA))
    assert world.take(grant(1)) is None
    assert world.refuses(REPLAYED, command(1, ANNA))
    assert world.take(command(2, ANNA)).by == "Anna"
    # The end of a grant, and an earlier one shown after it.
    world.take(grant(2, verbs=()))
    assert world.refuses(NOT_ALLOWED, command(3, ANNA)) and world.refuses(REPLAYED, grant(1))
    world.boot()
    assert world.refuses(REPLAYED, grant(1))


def test_grants_end():
    world = World()
    old = command(5, ANNA, expires=NOW + 2 * HOUR)
    world.take(grant(1))
    world.take(old)
    # A shorter grant does not make the device forget what the longer one allowed.
    world.take(grant(2, expires=NOW + HOUR))
    later = NOW + HOUR + 1
    assert world.refuses(EXPIRED, old, later)
    world.take(grant(3, STRANGER, name="Bob", expires=NOW + 3 * HOUR), later)
    assert world.refuses(REPLAYED, grant(1), later)
    assert world.refuses(EXPIRED, grant(3, expires=NOW - 1))


def test_grants_have_room_for_a_few():
    world = World()
    for number in range(MAX_TECHNICIANS):
        world.take(grant(1, SoftSigner(2000 + number, Dice(number))))
    assert world.refuses(NOT_ALLOWED, grant(1))
    later = NOW + 2 * HOUR + 1
    world.take(grant(1, expires=later + HOUR), later)
    assert world.take(command(1, ANNA, expires=later + 1), later).by == "Anna"


def test_nobody_grants_the_platform_its_own_rights_away():
    world = World()
    world.take(next_key(1, SECOND))
    assert world.refuses(NOT_ALLOWED, grant(1, PLATFORM)) and world.refuses(
        NOT_ALLOWED, grant(1, SECOND)
    )
    world.take(grant(1))
    assert world.refuses(NOT_ALLOWED, next_key(2, ANNA))
    off = order_writer.encode(19, DEVICE, NOW, 3, NOW + HOUR, {1: b"\x04" + bytes(64)})
    assert world.refuses(FORGED, cose.sign1(off, PLATFORM))

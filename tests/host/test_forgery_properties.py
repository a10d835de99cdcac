"""Nothing forged, altered, cut, replayed, kept too long, meant for another device or signed under
another algorithm is accepted: frames at the platform's door, downlinks at a device's gate."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from agent import frame, frame_reader, order_writer
from agent.downlink import Gate
from agent.linux.libcrypto import LibcryptoSigner, LibcryptoVerifier
from agent.orders import CHANGE_SETTINGS, Order
from agent.protocols import cbor, cose
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.ingest import Ingest
from simulators.platform.store import Store

NOW = 1_790_000_000_000
WHO = st.integers(0, 1)
MINUTE = 60_000
DEVICES = [LibcryptoSigner(11), LibcryptoSigner(12)]
NAMES = ["CD-JJ-0001", "CD-JJ-0002"]
PLATFORM = [LibcryptoSigner(21 + number) for number in range(4)]
THIEF = LibcryptoSigner(31)
TECHNICIANS = [LibcryptoSigner(41), LibcryptoSigner(42)]


class Posing:
    """Signs with key's right hand under another's id, or under another algorithm."""

    def __init__(self, key: LibcryptoSigner, kid: bytes, alg: int) -> None:
        self.key, self.kid, self.alg = key, kid, alg

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


def flip(data: bytes, bits: set[int]) -> bytes:
    altered = bytearray(data)
    for bit in bits:
        altered[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(altered)


def altered(data: bytes, signer: LibcryptoSigner, how: tuple[str, Any]) -> bytes:
    """data, which signer made, as somebody else would have it."""
    word, value = how
    payload = cose.parse1(data).payload
    if word == "flipped":
        return flip(data, value)
    if word == "cut":
        return data[: value % len(data)]
    if word == "grown":
        return data + value
    if word == "forged":
        return cose.sign1(payload, Posing(THIEF, signer.kid, signer.alg))
    if word == "own":
        return cose.sign1(payload, THIEF)
    if word == "algorithm":  # by the right key, and yet not what is trusted
        return cose.sign1(payload, Posing(signer, signer.kid, value))
    if word == "payload":
        signature = cose.parse1(data).signature
        protected = cbor.encode({1: signer.alg, 4: signer.kid})
        changed = flip(payload, value)
        return cbor.encode(cbor.Tag(cose.SIGN1_TAG, [protected, {}, changed, signature]))
    raise AssertionError(word)


# A command of each kind; its verb is what a technician must be granted for it.
COMMANDS = st.sampled_from(
    [
        order_writer.maintenance(5, ""),
        order_writer.relay("relays", "relay1", 1, MINUTE),
        order_writer.drill("underpass", "level", MINUTE),
        order_writer.reset("underpass", "level"),
    ]
)
BACK = st.integers(0, 12)
ASTRAY = st.sampled_from([False, False, False, True])
BITS = st.sets(st.integers(0, 1 << 14), min_size=1, max_size=3)
ALTERATIONS = st.one_of(
    st.tuples(st.just("flipped"), BITS),
    st.tuples(st.just("payload"), BITS),
    st.tuples(st.just("cut"), st.integers(0, 2000)),
    st.tuples(st.just("grown"), st.binary(min_size=1, max_size=5)),
    st.tuples(st.just("forged"), st.none()),
    st.tuples(st.just("own"), st.none()),
    st.tuples(st.just("algorithm"), st.sampled_from([cose.ALG_ES256, -8, -65601, 0, 65600])),
)

# Frames at the platform's door.


def door() -> Ingest:
    registry = Registry(
        [RegisteredDevice(name, name, [one.public]) for name, one in zip(NAMES, DEVICES)]
    )
    return Ingest(
        Store(":memory:"), registry, LibcryptoVerifier([one.public for one in DEVICES]),
        PLATFORM[0], lambda: NOW,
    )  # fmt: skip


def sealed(seq: int, who: int) -> bytes:
    fields = {frame.KIND: frame.STATUS, frame.BODY: {1: "version %d" % seq}}
    return cose.sign1(frame.payload(7, 2, seq, 1, NOW, 0, fields), DEVICES[who])


DOOR = door()
DOOR.receive(NAMES[0], sealed(1, 0), "coap")
ONE_FRAME = DOOR.store.rows("SELECT device, seq, data FROM frames")


@given(st.integers(1, 3), ALTERATIONS)
@settings(max_examples=400, deadline=None)
def test_no_altered_frame_is_stored(seq: int, how: tuple[str, Any]) -> None:
    good = sealed(seq, 0)
    bad = altered(good, DEVICES[0], how)
    assume(bad != good)  # two flips may undo each other
    # A frame that has grown is a genuine one, and what follows it: the genuine one may pass.
    if bad.startswith(good):
        bad = bad[len(good) :]
    assert DOOR.receive(NAMES[0], bad, "coap", ask=True) == []
    assert DOOR.store.rows("SELECT device, seq, data FROM frames") == ONE_FRAME


def test_a_frame_under_the_name_of_another_device_is_not_stored() -> None:
    for who in (0, 1):
        assert DOOR.receive(NAMES[1 - who], sealed(2, who), "coap", ask=True) == []
    assert DOOR.store.rows("SELECT device, seq, data FROM frames") == ONE_FRAME


# Downlinks at the gate.


class Sent:
    """Something that the platform, or a technician, has really signed."""

    def __init__(self, data: bytes, signer: LibcryptoSigner, device: int, count: int,
                 expires: int, kind: int) -> None:  # fmt: skip
        self.data, self.signer, self.device = data, signer, device
        self.count, self.expires, self.kind = count, expires, kind
        self.verb = 0  # what a technician needs for it
        self.obeyed = False


class Wire(RuleBasedStateMachine):
    """Two devices, a platform whose key rotates, technicians, and a wire that does as it likes."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.sent: list[Sent] = []
        self.counts = [0, 0]
        self.speaks = [0, 0]  # which of the platform's keys speaks to each device
        self.heard = [0, 0]  # the newest of them that the device has heard
        self.newest = [0, 0]  # UTC of the newest acknowledgement that the device took
        self.last: dict[tuple[int, bytes], int] = {}  # the last count obeyed, by device and signer
        self.stored: list[bytes | None] = [None, None]
        # What technicians were ever granted: (device, key) to [(verbs, until), ...].
        self.granted: dict[tuple[int, bytes], list[tuple[list[int], int]]] = {}
        self.gates = [self.boot(0), self.boot(1)]

    def boot(self, device: int) -> Gate:
        gate: Any = Gate(
            LibcryptoVerifier([PLATFORM[0].public]), [DEVICES[device].kid], lambda topic, text: None
        )

        def keep() -> bool:
            self.stored[device] = cbor.encode(gate.kept())
            return True

        gate.keep = keep
        stored = self.stored[device]
        if stored is not None:
            gate.restore(cbor.decode(stored))
        return gate

    def put(self, payload: bytes, signer: LibcryptoSigner, device: int, count: int,
            expires: int, kind: int) -> None:  # fmt: skip
        data = cose.sign1(payload, signer)
        self.sent.append(Sent(data, signer, device, count, expires, kind))

    def order(self, kind: int, device: int, body: dict[int, object], lasts: int,
              signer: LibcryptoSigner | None = None) -> None:  # fmt: skip
        self.counts[device] += 1
        count, expires = self.counts[device], self.now + lasts
        payload = order_writer.encode(kind, DEVICES[device].kid, self.now, count, expires, body)
        speaker = signer or PLATFORM[self.speaks[device]]
        self.put(payload, speaker, device, count, expires, kind)

    # What is said.

    @rule(device=WHO, lasts=st.sampled_from([MINUTE, 10 * MINUTE]), at_once=st.booleans(),
          body=COMMANDS)  # fmt: skip
    def command(self, device: int, lasts: int, at_once: bool, body: dict[int, object]) -> None:
        self.order(frame.COMMAND, device, body, lasts)
        if at_once:
            self.arrive(self.sent[-1], device)

    @rule(device=WHO, lasts=st.sampled_from([MINUTE, 10 * MINUTE]), at_once=st.booleans())
    def settings(self, device: int, lasts: int, at_once: bool) -> None:
        (body,) = order_writer.settings(self.now, b"8 before", b"new settings")
        self.order(frame.SETTINGS, device, body, lasts)
        if at_once:
            self.arrive(self.sent[-1], device)

    @rule(device=WHO, who=WHO, verbs=st.sampled_from([[1], [1, 3], [3], [4, 5], [5], []]),
          at_once=st.booleans(), command=st.none() | COMMANDS)  # fmt: skip
    def technician(
        self, device: int, who: int, verbs: list[int], at_once: bool,
        command: dict[int, Any] | None,
    ) -> None:  # fmt: skip
        """A grant, and an order under it; each may arrive or not."""
        technician = TECHNICIANS[who]
        body: dict[int, object] = {1: technician.public, 2: verbs, 3: "Anna"}
        self.order(20, device, body, 5 * MINUTE)
        ever = self.granted.setdefault((device, technician.kid), [])
        ever.append((verbs, self.now + 5 * MINUTE))
        if at_once:
            self.arrive(self.sent[-1], device)
        if command is None:
            (body,) = order_writer.settings(self.now, b"8 before", b"new settings")
            self.order(frame.SETTINGS, device, body, MINUTE, technician)
            self.sent[-1].verb = CHANGE_SETTINGS
        else:
            self.order(frame.COMMAND, device, command, MINUTE, technician)
            self.sent[-1].verb = command[1]

    @rule(device=WHO)
    @precondition(lambda self: max(self.speaks) + 1 < len(PLATFORM))
    def rotate(self, device: int) -> None:
        key = PLATFORM[self.speaks[device] + 1].public
        self.order(19, device, {1: key}, 10 * MINUTE)
        self.arrive(self.sent[-1], device)
        self.speaks[device] += 1

    @rule(device=WHO)
    def acknowledge(self, device: int) -> None:
        ack = frame.Acknowledgement(DEVICES[device].kid, 7, {0: 0, 1: 1, 2: 0}, [], [], self.now)
        data = frame_reader.encode_acknowledgement(ack)
        kind = frame.ACKNOWLEDGEMENT
        self.put(data, PLATFORM[self.speaks[device]], device, 0, 1 << 60, kind)

    # What the wire makes of it.

    @rule(back=BACK, astray=ASTRAY, again=st.booleans())
    @precondition(lambda self: self.sent)
    def deliver(self, back: int, astray: bool, again: bool) -> None:
        """Any of it, to any device, as often as anybody likes."""
        for _ in range(1 + again):
            sent = self.sent[-1 - back % len(self.sent)]
            self.arrive(sent, sent.device ^ astray)

    def arrive(self, sent: Sent, device: int) -> None:
        told = self.gates[device].open(sent.data, self.now)
        if told is None:
            return
        assert sent.device == device
        if sent.signer in PLATFORM:
            key = PLATFORM.index(sent.signer)
            assert key >= self.heard[device], "a key that was rotated out"
            self.heard[device] = key
        if isinstance(told, Order):
            assert sent.kind in (frame.COMMAND, frame.SETTINGS) and told.kind == sent.kind
            assert not sent.obeyed and self.now < sent.expires
            if sent.verb:
                ever = self.granted[device, sent.signer.kid]
                assert any(sent.verb in verbs and self.now < until for verbs, until in ever)
            assert told.kid == sent.signer.kid and told.platform == (not sent.verb)
            last = self.last.get((device, sent.signer.kid), 0)
            # The platform counts on over its keys, a technician for himself.
            if sent.signer in PLATFORM:
                last = max(self.last.get((device, key.kid), 0) for key in PLATFORM)
            assert sent.count > last
            self.last[device, sent.signer.kid] = sent.count
            sent.obeyed = True
            assert told.by == ("platform" if sent.signer in PLATFORM else "Anna")
        else:
            assert sent.kind == frame.ACKNOWLEDGEMENT and sent.signer in PLATFORM
            if told.gain > 0:
                assert told.utc_ms > self.newest[device]
                self.newest[device] = told.utc_ms

    @rule(back=BACK, astray=ASTRAY, how=ALTERATIONS)
    @precondition(lambda self: self.sent)
    def deliver_altered(self, back: int, astray: bool, how: tuple[str, Any]) -> None:
        sent = self.sent[-1 - back % len(self.sent)]
        device = sent.device ^ astray
        gate, bad = self.gates[device], altered(sent.data, sent.signer, how)
        assume(bad != sent.data)  # two flips may undo each other
        before = gate.kept()
        assert gate.open(bad, self.now) is None
        assert gate.kept() == before

    @rule(device=WHO, stored=st.booleans())
    def restart(self, device: int, stored: bool) -> None:
        """Some other reason to store the state may have come before the power went, or not."""
        if stored:
            self.gates[device].keep()  # type: ignore[misc]
        self.gates[device] = self.boot(device)
        self.newest[device] = self.gates[device].newest

    @rule(ms=st.sampled_from([1, 1000, 20_000, 6 * MINUTE]))
    def wait(self, ms: int) -> None:
        self.now += ms


TestWire = Wire.TestCase
TestWire.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)

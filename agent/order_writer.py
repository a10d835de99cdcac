"""Orders as the platform, or a technician's tool, writes them. No board needs this file.

The counterpart of agent.orders; ``cose.sign1`` makes a payload a downlink.
"""

from agent import frame
from agent.orders import COUNT, DRILL, EXPIRES, GRANT, MAINTENANCE, NEXT_KEY, RELAY, RESET
from agent.protocols import cbor
from agent.protocols.sm3 import digest
from agent.settings_order import BASE, DIGEST, MAX_PART, NUMBER, OFFSET, PART, SIZE


def encode(
    kind: int, device: bytes, utc_ms: int, count: int, expires: int, body: dict[int, object]
) -> bytes:
    """The payload of an order. device: its key id; count: later than that of every order before it
    under the same key; expires: UTC in ms, from when on it is not obeyed any more."""
    return cbor.encode(
        {
            frame.KIND: kind,
            frame.TIME: utc_ms,
            frame.BODY: body,
            frame.DEVICE: device,
            COUNT: count,
            EXPIRES: expires,
        }
    )


def next_key(device: bytes, utc_ms: int, count: int, expires: int, public: bytes) -> bytes:
    """Announces the platform's next key (65 bytes)."""
    return encode(NEXT_KEY, device, utc_ms, count, expires, {1: public})


def grant(
    device: bytes, utc_ms: int, count: int, expires: int, public: bytes, verbs: list[int], name: str
) -> bytes:
    """Lets a technician's key give commands with these verbs until expires. Grants to one key count
    up on their own; a later one with no verbs ends them all."""
    return encode(GRANT, device, utc_ms, count, expires, {1: public, 2: verbs, 3: name})


def maintenance(for_ms: int, why: str) -> dict[int, object]:
    """The body of a command: mute the alarms for so many ms, 0 ends it."""
    return {1: MAINTENANCE, 2: for_ms, 3: why}


def relay(device: str, channel: str, value: int | None, for_ms: int) -> dict[int, object]:
    """The body of a command: switch a relay to 0 or 1, or None for what its alarms say."""
    return {1: RELAY, 2: device, 3: channel, 4: value, 5: for_ms}


def drill(device: str, channel: str, for_ms: int) -> dict[int, object]:
    """The body of a command: a drill of a channel's alarms, 0 ends whichever is on."""
    return {1: DRILL, 2: device, 3: channel, 4: for_ms}


def reset(device: str, channel: str) -> dict[int, object]:
    """The body of a command: let go of what is latched on a channel."""
    return {1: RESET, 2: device, 3: channel}


def settings(number: int, base: bytes, whole: bytes) -> list[dict[int, object]]:
    """The bodies of the orders that bring settings, in their order. number: greater than that of
    all settings before; base: the hash (8 bytes) of those that they replace; whole: a pole.toml for
    a node, compiled settings for a board."""
    bodies = []
    for at in range(0, len(whole), MAX_PART):
        body: dict[int, object] = {NUMBER: number, BASE: base, DIGEST: digest(whole)}
        body.update({SIZE: len(whole), OFFSET: at, PART: whole[at : at + MAX_PART]})
        bodies.append(body)
    return bodies

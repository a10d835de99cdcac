"""Orders as the platform, or a technician's tool, writes them. No board needs this file.

The counterpart of agent.orders; ``cose.sign1`` makes a payload a downlink.
"""

from agent import frame
from agent.orders import COUNT, EXPIRES, GRANT, NEXT_KEY
from agent.protocols import cbor


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

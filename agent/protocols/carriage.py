"""What pole and platform agree on about the carriers: names, limits, and who is online."""

from agent.errors import BadFrame
from agent.protocols import cbor

MAX_FRAME = 1000  # bytes of one frame, so that it fits one datagram
MAX_DOWNLINK = 1024  # bytes of one downlink: RFC 7252, section 4.6, for the same reason
WINDOW = 10  # frames that may be out at once
KEEP_ALIVE = 60000  # ms; a carrier that hears nothing for one and a half times this is down

# CoAP content formats.
COSE_SIGN1 = 18  # one frame ("application/cose; cose-type=cose-sign1", RFC 9052)
CBOR_SEQUENCE = 63  # several ("application/cbor-seq", RFC 8742)

_TAG_18 = 0xD2  # the first byte of a frame

ONLINE = b"online"
OFFLINE = b"offline"

# Holds something while a board knows that it is in no network. No name is looked up then: an RP2
# would not return from that (micropython#18797), and its watchdog bite a sound application.
AWAY: "list[bool]" = []


def up_topic(device: str, lane: int) -> str:
    """Where the pole publishes the frames of one lane."""
    return "pole/%s/up/%d" % (device, lane)


def down_topic(device: str) -> str:
    """Where the platform publishes signed downlinks to one pole."""
    return "pole/%s/down" % device


def state_topic(device: str) -> str:
    """Where ONLINE or OFFLINE is retained: a hint for people, never a proof."""
    return "pole/%s/state" % device


def up_path(device: str, lane: int):
    """The segments of the CoAP resource that takes the frames of one lane."""
    return ("pole", device, "%d" % lane)


def content_format(data):
    """COSE_SIGN1, or CBOR_SEQUENCE if another item follows the first frame."""
    if data[0] != _TAG_18:
        return COSE_SIGN1
    try:
        size = cbor.decode_first(data)[1]
    except BadFrame:
        return COSE_SIGN1
    return COSE_SIGN1 if size == len(data) else CBOR_SEQUENCE


def check_offer(data, room, limit=MAX_FRAME):
    """ValueError for an offer of more than limit bytes, of none, or beyond the room."""
    if room < 1:
        raise ValueError("a frame beyond the carrier's window")
    if not 0 < len(data) <= limit:
        raise ValueError("an offer of %d bytes; 1 to %d can be carried" % (len(data), limit))


def take_next(waiting):
    """Remove and return the next of waiting, tuples that start with a lane: alarms overtake, and
    within a lane the oldest goes first."""
    best = 0
    for at in range(1, len(waiting)):
        if waiting[at][0] < waiting[best][0]:
            best = at
    return waiting.pop(best)


def uri_host(host):
    """What goes into the Uri-Host option: a name, or None for an address (RFC 7252, 6.4)."""
    if ":" in host or host.replace(".", "").isdigit():
        return None
    return host

"""What pole and platform agree on about the carriers: names, limits, and who is online."""

MAX_FRAME = 1000  # bytes of one frame, so that it fits one datagram
MAX_DOWNLINK = 1024  # bytes of one downlink: RFC 7252, section 4.6, for the same reason
WINDOW = 10  # frames that may be out at once
KEEP_ALIVE = 60000  # ms; a carrier that hears nothing for one and a half times this is down

COSE_SIGN1 = 18  # the CoAP content format of one frame ("application/cose; cose-type=cose-sign1")

ONLINE = b"online"
OFFLINE = b"offline"


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


def check_offer(frame, room):
    """ValueError for a frame that is too long or beyond the room."""
    if room < 1:
        raise ValueError("a frame beyond the carrier's window")
    if not 0 < len(frame) <= MAX_FRAME:
        raise ValueError("a frame of %d bytes; 1 to %d can be carried" % (len(frame), MAX_FRAME))


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

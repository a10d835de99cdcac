"""Acknowledgements from another time: carried here by somebody, or by a platform whose clock was
set back. Loaded when one comes.
"""

from agent import frame
from agent.reading import LANES


def brought(uplink, data, now):
    """An acknowledgement that somebody carried here. It releases what it says, as any; but it is
    old: it tells no time, and what it asks for goes with the next connection. Whether it was
    genuine."""
    told = uplink.gate.open(data, None)
    if not isinstance(told, frame.Acknowledgement):
        return False
    told.gain = -1
    uplink.acknowledged(told, now)
    return True


def is_news(uplink, ack):
    """Whether ack is the first to have a frame that was made since the start: nobody kept such a
    one from before, whatever time it tells."""
    journal = uplink.journal
    if ack.epoch != journal.epoch:
        return False
    for lane in LANES:
        had = max(uplink.began[lane] - 1, journal.released(lane, uplink.destination))
        if had < ack.acked.get(lane, 0) < journal.next_seq(lane):
            return True
    return False

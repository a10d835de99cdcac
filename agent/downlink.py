"""The gate for everything that the platform tells a device: nobody else's word, none for another
device, none twice, none late. What is refused changes nothing, and is counted by its reason.

An acknowledgement may be repeated and may come late: it releases what it says in any case, since
that was true when it was signed. But what it asks for, and its time, count only from the newest
one, by the platform's clock: an old one that somebody kept moves no clock back, and has nothing
sent again. Orders (agent.orders) are at most once.
"""

from agent import frame
from agent.errors import FOREIGN, FORGED, BadFrame, BadSignature, Refusal
from agent.protocols import cbor, cose


class Gate:
    """verifier: trusts the platform's key. kids: the ids that this device has signed under.

    keep: called before an order is handed out, to store ``kept``; True once it is durable. Without
    it no order is obeyed, for nothing would remember that it was.
    """

    def __init__(self, verifier, kids, log):
        self.verifier = verifier
        self.kids = kids
        self.log = log
        self.keep = None
        self.refused = {}  # how many, by reason
        self.newest = 0  # UTC of the newest acknowledgement
        self.orders = None  # agent.orders.Orders, once there was one

    def open(self, data, utc_ms):
        """What a downlink says: a frame.Acknowledgement with ``gain``, the ms by which it is newer
        than all before it (0 or less: it tells no time; less: it asks for nothing); an
        agent.orders.Order; or None if it is refused. utc_ms: the device's time, or None."""
        try:
            return self._open(data, utc_ms)
        except (BadFrame, BadSignature) as error:
            reason, text = FORGED, error
        except Refusal as error:
            reason, text = error.reason, error
        self.refused[reason] = self.refused.get(reason, 0) + 1
        self.log("downlink", "refused: %s" % text)
        return None

    def _open(self, data, utc_ms):
        sign1 = cose.parse1(data)
        self.verifier.verify(sign1.alg, sign1.kid, sign1.message, sign1.signature)
        items = cbor.decode(sign1.payload)
        if not isinstance(items, dict):
            raise BadFrame("a payload that is no map")
        if frame.octets(items, frame.DEVICE) not in self.kids:
            raise Refusal(FOREIGN, "it is for another device")
        if frame.uint(items, frame.KIND) != frame.ACKNOWLEDGEMENT:
            return self._orders().open(items, sign1.kid, utc_ms)
        if self.orders is not None:
            self.orders.check_platform(sign1.kid)
        acknowledgement = frame.decode_downlink(sign1.payload)
        acknowledgement.gain = acknowledgement.utc_ms - self.newest
        self.newest = max(self.newest, acknowledgement.utc_ms)
        return acknowledgement

    def _orders(self):
        if self.orders is None:
            from agent.orders import Orders

            self.orders = Orders(self)
        return self.orders

    def ordered(self) -> int:
        """The count of the platform's newest order; 0 for none."""
        return 0 if self.orders is None else self.orders.count

    def kept(self):
        """What survives a restart, as CBOR items."""
        return [self.newest, None if self.orders is None else self.orders.kept()]

    def restore(self, kept):
        """Take up what ``kept`` gave before the restart. Should that fail, no order is obeyed."""
        keep, self.keep = self.keep, None
        self.newest = kept[0]
        if kept[1] is not None:
            self._orders().restore(kept[1])
        self.keep = keep

"""Orders to a device: commands, settings, the platform's next key, and grants to technicians.

Loaded with the first order. Each names its device, and ends at an instant of UTC; a device that
does not know the time obeys none, but every acknowledgement tells it. Commands, settings and keys
count up, for each signer's key; the last count outlives restarts, so none is obeyed twice, and none
after a later one.

The platform's key rotates: the next one is announced under the present one, and the first genuine
word under the next one ends the present one. A technician's key is granted certain verbs until an
instant; it orders that, and nothing else. He shows his grant with his orders, as often as he likes;
a later grant to the same key (with no verbs: its end) makes earlier ones worthless.

Settings have a number of their own, whoever sends them: the platform's and a technician's never
overtake each other (agent.settings_order).
"""

from agent import frame
from agent.errors import EXPIRED, NOT_ALLOWED, REPLAYED, BadFrame, Refusal
from agent.protocols.sm2_sign import kid as key_id

# Kinds beside frame.COMMAND and frame.SETTINGS, and keys beside those of frame.
NEXT_KEY, GRANT = 19, 20
COUNT, EXPIRES = 18, 19

# Verbs; the third one is an order of its own kind.
MAINTENANCE, RELAY, CHANGE_SETTINGS, DRILL, RESET = 1, 2, 3, 4, 5
MAX_TECHNICIANS = 4
MAX_NAME = 48
PUBLIC_KEY = 65  # bytes, 04 x y


class Order:
    """A command or settings, to obey now. count, body: as docs/wire-format.md has them; by: whose
    it is; kid: the key that signed it; platform: whether that is the platform's."""

    def __init__(self, kind, count, body, by, kid, platform):
        self.kind = kind
        self.count = count
        self.body = body
        self.by = by
        self.kid = kid
        self.platform = platform


class _Technician:
    """verbs, name: what the newest grant says, once it was shown since the restart; grant, until:
    its count and its end; count: of the newest command; forget: when nothing of it counts any
    more."""

    def __init__(self, grant, until, count, forget):
        self.verbs = ()
        self.name = ""
        self.grant = grant
        self.until = until
        self.count = count
        self.forget = forget


class Orders:
    """Behind a Gate, which has proven the signature and the device."""

    def __init__(self, gate):
        self._gate = gate
        self.count = 0  # of the platform's newest order
        self.settings_number = 0  # of the newest settings that an order brought whole
        self._first = None  # the id of the settings' key, once it gave an order
        self._present = None  # the platform's key; None: that of the settings
        self._next = None  # its next one
        self._technicians = {}  # by key id

    def open(self, items, kid, utc_ms):
        """The Order in a downlink's items, or None for one that is done with. kid: who signed."""
        count, expires = frame.uint(items, COUNT), frame.uint(items, EXPIRES)
        kind, body = items[frame.KIND], items.get(frame.BODY)
        if not isinstance(body, dict):
            raise BadFrame("an order without its body")
        if utc_ms is None or utc_ms >= expires:
            raise Refusal(EXPIRED, "the order is over, or the time is not known")
        if kid in self._technicians:
            return self._technicians_order(kid, kind, body, count, expires)
        self._promote(kid)
        if kind == GRANT:
            self._grant(body, kid, count, expires, utc_ms)
            return None
        if kind not in (frame.COMMAND, frame.SETTINGS, NEXT_KEY):
            raise BadFrame("an order of an unknown kind")
        if kind == NEXT_KEY:
            self._announce(_public_key(body), kid, count)
            return None
        self._remember(self, count, kid)
        return Order(kind, count, body, "platform", kid, True)

    def number_settings(self, number) -> bool:
        """Note the number of settings, durably, before they apply; False for one that is not newer
        than the last, or that cannot be remembered."""
        before = self.settings_number
        if number <= before:
            return False
        self.settings_number = number
        if not self._keep():
            self.settings_number = before
            return False
        return True

    def check_platform(self, kid):
        """Refusal of a word that is the platform's alone; kid signed it."""
        if kid in self._technicians:
            raise Refusal(NOT_ALLOWED, "a technician's key speaks for the platform")
        self._promote(kid)

    def _remember(self, holder, count, kid):
        """Make count the holder's newest, durably. Refusal unless it is a later one."""
        before, first = holder.count, self._first
        if count <= before:
            raise Refusal(REPLAYED, "order %d after order %d" % (count, before))
        holder.count = count
        if holder is self and self._present is None:
            self._first = kid
        if not self._keep():
            holder.count, self._first = before, first
            raise Refusal(NOT_ALLOWED, "no order is obeyed that cannot be remembered")

    def _keep(self):
        return self._gate.keep is not None and self._gate.keep()

    # The platform's keys.

    def _announce(self, public, kid, count):
        if key_id(public) == kid or key_id(public) in self._technicians:
            raise Refusal(NOT_ALLOWED, "a next key that is in use")
        self._gate.verifier.trust(public)
        former, self._next = self._next, public
        dropped = former
        try:
            self._remember(self, count, kid)
        except Refusal:
            self._next = former
            dropped = public
            raise
        finally:
            if dropped is not None and dropped != self._next:
                self._gate.verifier.forget(key_id(dropped))

    def _promote(self, kid):
        """The first word under the next key ends the present one."""
        if self._next is None or kid != key_id(self._next):
            return
        self._gate.verifier.forget(self._first if self._present is None else key_id(self._present))
        self._present, self._next = self._next, None
        self._keep()

    # Technicians.

    def _grant(self, body, kid, count, expires, utc_ms):
        public, verbs, name = _public_key(body), body.get(2), body.get(3)
        if not isinstance(verbs, list) or not isinstance(name, str) or len(name) > MAX_NAME:
            raise BadFrame("a grant of another shape")
        technician = key_id(public)
        if technician == kid or (self._next is not None and technician == key_id(self._next)):
            raise Refusal(NOT_ALLOWED, "a grant to the platform itself")
        former = self._technicians.get(technician)
        if former is None:
            self._make_room(utc_ms)
            former = _Technician(0, 0, 0, 0)
        if count < former.grant:
            raise Refusal(REPLAYED, "grant %d after grant %d" % (count, former.grant))
        shown = _Technician(count, expires, former.count, max(former.forget, expires))
        shown.verbs, shown.name = verbs, name
        self._gate.verifier.trust(public)
        self._technicians[technician] = shown
        if count != former.grant and not self._keep():
            del self._technicians[technician]
            self._gate.verifier.forget(technician)
            raise Refusal(NOT_ALLOWED, "no grant counts that cannot be remembered")

    def _make_room(self, utc_ms):
        for kid in list(self._technicians):
            if self._technicians[kid].forget <= utc_ms:
                del self._technicians[kid]
                self._gate.verifier.forget(kid)
        if len(self._technicians) >= MAX_TECHNICIANS:
            raise Refusal(NOT_ALLOWED, "too many technicians at a time")

    def _technicians_order(self, kid, kind, body, count, expires):
        technician = self._technicians[kid]
        verb = None
        if kind == frame.COMMAND:
            verb = body.get(1)
        elif kind == frame.SETTINGS:
            verb = CHANGE_SETTINGS
        if verb is None or verb not in technician.verbs:
            raise Refusal(NOT_ALLOWED, "%s may not do that" % technician.name)
        if expires > technician.until:
            raise Refusal(EXPIRED, "the order lasts longer than the grant")
        self._remember(technician, count, kid)
        return Order(kind, count, body, technician.name, kid, False)

    # What survives a restart.

    def kept(self):
        """As CBOR items. Of a technician the counts survive; he shows his grant again."""
        technicians = [
            [kid, one.grant, one.until, one.count, one.forget]
            for kid, one in sorted(self._technicians.items())
        ]
        return [
            self.count, self._first, self._present, self._next, technicians, self.settings_number
        ]  # fmt: skip

    def restore(self, kept):
        """Take up what ``kept`` gave, unless the settings brought another key of the platform."""
        if kept[1] is not None and not self._gate.verifier.trusts(kept[1]):
            return
        self.count, self._first, self._present, self._next, technicians = kept[:5]
        self.settings_number = kept[5] if len(kept) > 5 else 0
        for public in (self._present, self._next):
            if public is not None:
                self._gate.verifier.trust(public)
        if self._present is not None:
            self._gate.verifier.forget(self._first)
        for kid, grant, until, count, forget in technicians:
            self._technicians[kid] = _Technician(grant, until, count, forget)


def _public_key(body):
    public = body.get(1)
    if not isinstance(public, bytes) or len(public) != PUBLIC_KEY or public[0] != 4:
        raise BadFrame("an order whose public key is none")
    return public

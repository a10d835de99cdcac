"""The platform's desk for orders: they wait for their devices, and which key speaks to which.

A device tells with its holdings which order it took up last, so each order goes out until it is
known to have come, and none after that. Whether it could be obeyed, its records tell (see
simulators.platform.outcomes). The key that speaks to a device is the next one from the moment on
that it is known to have heard of it.
"""

from collections.abc import Iterable

from agent.orders import GRANT, NEXT_KEY
from agent.ports import Signer
from simulators.platform.store import Store

WAITS, HEARD = 0, 1


class Desk:
    """signer: the platform's key; next_signer: that to which it rotates, or None."""

    def __init__(self, store: Store, signer: Signer, next_signer: Signer | None = None) -> None:
        self._store = store
        self._signer = signer
        self.next_signer = next_signer

    def speaker(self, device: str) -> Signer:
        """Whose signature the device takes."""
        if self.next_signer is not None and self._store.rows(
            "SELECT 1 FROM orders WHERE device=? AND kind=? AND about=? AND state=?",
            (device, NEXT_KEY, self.next_signer.kid, HEARD),
        ):
            return self.next_signer
        return self._signer

    def put(
        self, device: str, kind: int, counts: Iterable[int], expires: int, orders: Iterable[bytes],
        about: bytes = b"",
    ) -> None:  # fmt: skip
        """Let signed orders wait for a device, in their order; about: the id of a key."""
        with self._store.transaction() as db:
            db.executemany(
                "INSERT INTO orders VALUES (?,?,?,?,?,?,?)",
                [(device, count, kind, expires, data, about, WAITS)
                 for count, data in zip(counts, orders, strict=True)],
            )  # fmt: skip

    def next_count(self, device: str, now: int) -> int:
        """A count that is later than that of every order to the device before."""
        (last,) = self._store.rows("SELECT MAX(count) FROM orders WHERE device=?", (device,))[0]
        return max(now, (last or 0) + 1)

    def heard(self, device: str, ordered: int, synced: bool, now: int) -> bytes | None:
        """A device told its holdings: ordered is the count of the last order that it took up,
        synced whether it knows the time. The order to send it, in the open transaction, or None."""
        db = self._store.db
        db.execute(
            "UPDATE orders SET state=? WHERE device=? AND count<=? AND kind<>?",
            (HEARD, device, ordered, GRANT),
        )
        if not synced:
            return None
        found = db.execute(
            "SELECT count, kind, data FROM orders WHERE device=? AND state=? AND expires>? "
            "ORDER BY count LIMIT 1",
            (device, WAITS, now),
        ).fetchone()
        if found is None:
            return None
        count, kind, data = found
        if kind == GRANT:
            # Its count is one of its own: nothing tells that it came, and the technician shows it.
            db.execute("UPDATE orders SET state=? WHERE device=? AND count=? AND kind=?",
                       (HEARD, device, count, kind))  # fmt: skip
        return bytes(data)

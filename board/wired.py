"""A board's Ethernet: what board.radio is where a cable leads to the network."""


class Wired:
    """Follows the cable. lan: an active ``network.LAN``, which the board's file makes, for the pins
    are its own; log(topic, sentence). The address comes by DHCP."""

    advice = "check the cable and the switch at its other end"

    def __init__(self, lan, log):
        self._lan = lan
        self._log = log
        self._joined = None

    def fitted(self) -> bool:
        """Whether there is a network to join: always, a cable needs no settings."""
        return True

    def check(self, now) -> bool:
        """Whether there is a network now; a change is told. now: monotonic ms."""
        joined = self._lan.isconnected()
        if joined is not self._joined:
            self._joined = joined
            self._log("network", self.how() if joined else "not joined: no network at the cable")
        return joined

    def how(self) -> str:
        """How the network is joined, in words."""
        return "joined by cable as %s" % self._lan.ifconfig()[0]

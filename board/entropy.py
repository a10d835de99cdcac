"""The Entropy port on a board. On an ESP32 the generator is sound while the radio is on; the signer
hedges its nonces because it is not always.
"""

import os


class Entropy:
    """The system's random generator."""

    def take(self, size):
        """See agent.ports.Entropy."""
        return os.urandom(size)

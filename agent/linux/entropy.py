"""The Entropy port on Linux."""

import os


class Entropy:
    """The kernel's random generator."""

    def take(self, size: int) -> bytes:
        """See agent.ports.Entropy."""
        return os.urandom(size)

"""What can go wrong, as types: the type decides the policy, the message what a person checks.

Anything that is not an AgentError is a bug, and reaches the log with its trace.
"""


class AgentError(Exception):
    """The one base. ``str(error)`` is one plain sentence for a person."""


class NoReply(AgentError):
    """Nothing recognisable came back in time: the device is off, unplugged, or set otherwise."""


class BadChecksum(AgentError):
    """Bytes came back whole but damaged: noise, a bad cable, two devices talking at once."""


class WrongReply(AgentError):
    """An intact reply that does not answer what was asked: another unit, function or length."""


class Refused(AgentError):
    """The device answered with an exception. ``code`` is its number."""

    def __init__(self, text, code=0):
        super().__init__(text)
        self.code = code


class BadSignature(AgentError):
    """A message that its claimed signer did not sign, or that was changed since."""


class BadFrame(AgentError):
    """Bytes that are no frame of ours: truncated, out of range, or of an unknown kind."""


class JournalFull(AgentError):
    """No space that this lane may take: lower the sampling, and say so."""


class NotAcknowledged(AgentError):
    """A frame left and no signed acknowledgement came back in time."""


class BadSettings(AgentError):
    """Settings that cannot be applied. ``mistakes`` holds every one of them."""

    def __init__(self, mistakes):
        super().__init__("; ".join([str(mistake) for mistake in mistakes]))
        self.mistakes = mistakes


# Why a downlink is refused.
FORGED = "forged"
FOREIGN = "for another device"
REPLAYED = "replayed"
EXPIRED = "expired"
NOT_ALLOWED = "not allowed"


class Refusal(AgentError):
    """A downlink that is genuine and yet not obeyed. ``reason``: one of those above."""

    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason

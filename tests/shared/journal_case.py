"""What the tests of the journal share: one that is mounted, and what its frames hold."""

from agent.buffer.journal import Journal


def opened(flash, seed=7):
    journal = Journal(flash, lambda: seed)
    journal.mount()
    return journal


def content(lane, seq, size=60):
    return bytes([(lane * 91 + seq * 7 + at) & 0xFF for at in range(size)])

"""What a command told, as it was before it was wrapped to 80 columns."""


def unwrapped(told: str) -> str:
    """Each sentence on one line; what was broken between Chinese letters keeps a space there."""
    return told.replace("\n  ", " ")

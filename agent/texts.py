"""Sentences that a board keeps in a file beside its code, and reads when it says one of them.

The sources have them in their places; the build moves those that few ever see into the file
sentences.txt (provisioning.sentences). It is as old as the code: both lie in one slot.
"""


def text_at(place: int) -> str:
    """The text at that byte of the file. Where it cannot be read, the place in its stead: to say
    what is wrong may not go wrong itself."""
    try:
        with open(__file__[: __file__.rfind("/") + 1] + "sentences.txt", "rb") as file:
            file.seek(place)
            return file.readline()[:-1].decode()
    except OSError:
        return "text %d" % place

"""Sentences that a board keeps in a file beside its code, and reads when it says one of them.

The sources have them in their places; the build moves those that few ever see into the file
sentences.txt (provisioning.sentences). It is as old as the code: both lie in one slot.
"""


def text_at(place, given=()):
    """The sentence at that byte of the file, filled in with what is given. Where it cannot be read,
    its place in its stead: to say what is wrong may not go wrong itself."""
    try:
        with open(__file__[: __file__.rfind("/") + 1] + "sentences.txt", "rb") as file:
            file.seek(place)
            return file.readline()[:-1].decode() % given
    except OSError:
        return "text %d %r" % (place, given)

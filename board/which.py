"""Which board this is: the first line of a slot's manifest says it, ``pole VERSION BOARD``."""


def board_of(folder):
    """The module of the board that the application in folder ("/" at the end) was made for."""
    with open(folder + "manifest") as file:
        name = file.readline().split()[2]
    return getattr(__import__("board." + name), name)

"""Boards without hardware: chips that the real esptool flashes, and that then run the real
MicroPython with its real raw REPL on the same port. See simulators.boards.board.
"""

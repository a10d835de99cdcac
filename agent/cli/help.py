"""How help is laid out: the description wrapped, the examples as they are written."""

import argparse
import sys
import textwrap
from typing import NoReturn


class Examples(argparse.RawDescriptionHelpFormatter):
    """Wraps texts of one line; leaves those of several, the examples, alone."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)


class Parser(argparse.ArgumentParser):
    """One that shows all that there is to whoever has not said which command."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end with status 2."""
        if message.endswith(("required: COMMAND", "required: ACTION")):
            self.print_help(sys.stderr)
            self.exit(2)
        super().error(message)

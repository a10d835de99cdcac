"""How help is laid out: the description wrapped, the examples as they are written."""

import argparse
import textwrap


class Examples(argparse.RawDescriptionHelpFormatter):
    """Wraps texts of one line; leaves those of several, the examples, alone."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)

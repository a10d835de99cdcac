"""Commands and their arguments read, in both languages."""

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """One that shows all that there is to whoever has not said which command.

    chinese: whether it speaks Chinese, as all do then (agent.cli.help_chinese).
    """

    chinese = False

    def format_help(self) -> str:
        """All of it."""
        if self.chinese:
            from agent.cli import help_chinese

            help_chinese.translate(self)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end with status 2."""
        if message.endswith(("required: COMMAND", "required: ACTION")):
            self.print_help(sys.stderr)
            self.exit(2)
        from agent.cli.speech import complain

        self.print_usage(sys.stderr)
        if self.chinese:
            from agent.cli import help_chinese

            complain(f"{self.prog}：{help_chinese.mistake(message)}")
        else:
            complain(f"{self.prog}: error: {message}")
        self.exit(2)

    def _get_formatter(self) -> argparse.HelpFormatter:
        if not self.chinese:
            return super()._get_formatter()
        from agent.cli import help_chinese

        return help_chinese.ChineseExamples(prog=self.prog)

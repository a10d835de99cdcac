"""``pole``: the command line. Each command lives in a module of its own."""

import argparse
import difflib
import importlib
import io
import os
import sys

from agent.cli.help import Examples
from agent.cli.language import LANGUAGES, asked_for, language
from agent.cli.parser import Parser
from agent.errors import AgentError, BadSettings

_COMMANDS = (
    "run",
    "status",
    "check",
    "drivers",
    "decode",
    "driver",
    "scan",
    "doctor",
    "address",
    "zero",
    "maintenance",
    "commission",
    "handover",
    "drill",
    "courier",
    "relay",
    "order",
    "journal",
    "frames",
    "explain",
    "platform",
    "authority",
    "identity",
    "retire",
    "bundle",
    "install",
    "support",
    "demo",
)

_EPILOG = """\
first steps:
  pole demo                         two simulated poles through an outage
  pole drivers                      what can be read
  pole check pole.toml              find every mistake in your settings
  pole run pole.toml                run this node

`pole COMMAND --help` explains a command and shows examples.
"""


def parser(command: str = "") -> argparse.ArgumentParser:
    """The command line of one command, or the whole one where it is not known."""
    top = Parser(
        prog="pole",
        description="The edge agent of smart poles and sensor boxes: it reads the sensors, keeps "
        "every reading, signs it, and delivers it to the platform.",
        epilog=_EPILOG,
        formatter_class=Examples,
    )
    top.add_argument("--lang", dest="help_language", choices=LANGUAGES,
                     help="of all that is said; default: as LANG says")  # fmt: skip
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    # A node that starts has no use for the others: they cost it time and 2 MB.
    for name in (command,) if command in _COMMANDS else _COMMANDS:
        importlib.import_module(f"agent.cli.{name}").add(subparsers)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status. A mistake of the user's is one sentence, never a trace."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):  # of a terminal that cannot show every letter
        sys.stdout.reconfigure(errors="backslashreplace")
    Parser.chinese = language(asked_for(arguments)) == "zh"
    if arguments and not arguments[0].startswith("-") and arguments[0] not in _COMMANDS:
        _complain(_no_command(arguments[0]))
        return 2
    args = parser(arguments[0] if arguments else "").parse_args(arguments)
    if getattr(args, "lang", "") is None:
        args.lang = args.help_language  # it may stand before the command as well as behind it
    try:
        return int(args.func(args))
    except BadSettings as error:
        names = ("settings", "file", "path")
        file = next((found for name in names if (found := getattr(args, name, None))), None)
        for mistake in error.mistakes:
            where = f"{file}: " if file and hasattr(mistake, "line") else ""
            _complain(f"{where}{_told(mistake)}")
        return 1
    except AgentError as error:
        _complain(f"{type(error).__name__}: {_told(error)}")
        return 1
    except BrokenPipeError:
        # Whoever reads has seen enough, as `head` has; nothing more can be said to him.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UnicodeDecodeError as error:
        from agent.cli.system_texts import NOT_UTF8

        _complain(NOT_UTF8[1 if Parser.chinese else 0].format(error=error))
        return 1
    except OSError as error:
        from agent.cli import system_texts

        _complain(system_texts.told(error, Parser.chinese))
        return 1
    except KeyboardInterrupt:
        return 130


def _complain(text: str) -> None:
    from agent.cli.speech import complain

    complain(f"pole: {text}")


def _told(mistake: object) -> str:
    """What is wrong, in the user's language; what no table has, as it is."""
    from provisioning.flashing import reasons

    return reasons.told(mistake, "zh" if Parser.chinese else "en")


def _no_command(written: str) -> str:
    near = difflib.get_close_matches(written, _COMMANDS, 1)
    if Parser.chinese:
        hint = f"是否指 {near[0]!r}？" if near else "`pole --help` 列出全部命令"
        return f"没有命令 {written!r}；{hint}"
    hint = f"did you mean {near[0]!r}?" if near else "`pole --help` lists them"
    return f"no command {written!r}; {hint}"


if __name__ == "__main__":
    sys.exit(main())

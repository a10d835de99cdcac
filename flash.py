#!/usr/bin/env python3
"""The technician's tool: from a blank board to its first acknowledged frame (``--help``)."""

import sys

try:
    from provisioning.flashing.command import main
except ModuleNotFoundError as missing:
    print(
        f"flash.py: {missing.name} is not installed in this Python. In this folder, first: "
        "make setup && . .venv/bin/activate\n"
        f"flash.py：此 Python 缺少 {missing.name}。请先在此目录运行："
        "make setup && . .venv/bin/activate",
        file=sys.stderr,
    )
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The technician's tool: from a blank board to its first acknowledged frame (``--help``)."""

import sys

from provisioning.flashing.command import main

if __name__ == "__main__":
    sys.exit(main())

"""The technician's tool: from a blank board to an acknowledged frame. See flash.py."""

"""The page of a node, for the technician in front of it."""

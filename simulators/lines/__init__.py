"""Serial lines on ptys, with simulated sensors that answer at real speed."""

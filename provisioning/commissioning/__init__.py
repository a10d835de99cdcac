"""A board commissioned by its USB port: the laptop serves the page, the board's agent does the
work."""

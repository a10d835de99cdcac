"""Linux edge nodes: what a bundle holds for them, and how it is installed."""

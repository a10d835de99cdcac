"""Many poles in real time in one process: each with its whole core, key, connection and journal."""

"""The authority: who may speak as which pole, from when, until when, and where it stood."""

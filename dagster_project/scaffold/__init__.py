"""Writes the first files of a new source or mart: working code, to be edited."""

"""Event files into raw tables."""

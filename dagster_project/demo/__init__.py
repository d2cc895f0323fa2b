"""Simulated accounts for the command `milepost demo`."""

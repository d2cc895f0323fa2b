"""The whole way on simulated accounts, then what it found, in words."""

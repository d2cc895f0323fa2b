"""A shuffled micro-conversion must show no effect."""

"""Counts and sums against the vendors' own totals."""

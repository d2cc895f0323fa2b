"""What cannot happen whatever people do: orders, sums, keys."""

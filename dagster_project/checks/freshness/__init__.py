"""The age of each stream against the schedule and the retention of its vendor."""

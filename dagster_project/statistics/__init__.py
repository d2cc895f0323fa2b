"""Inference over counts: intervals, tests, survival and comparison with published bands. No SQL, no Dagster."""

"""Inference over counts: intervals, tests, survival, comparison with published bands. No SQL, no Dagster."""

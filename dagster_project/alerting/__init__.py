"""Alerts of failed runs. No Dagster."""

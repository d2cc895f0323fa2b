"""Data quality checks: what each asks of the warehouse and how its rows become an outcome. No Dagster."""

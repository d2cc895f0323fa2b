"""Data quality checks over a connection, a package per kind. No Dagster."""

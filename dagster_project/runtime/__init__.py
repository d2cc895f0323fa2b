"""Everything that reaches into the insides of Dagster, dbt or Python, each with its measured gain."""

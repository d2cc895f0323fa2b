"""Definitions for Dagster, all of which `definitions.py` loads. Dagster only, thin."""

from dagster_project.runtime.lean_import import import_dagster_dbt_without_dbt

# Before any module of this package imports it.
import_dagster_dbt_without_dbt()

"""What Dagster shows of dbt's tests."""

import dagster as dg

from dagster_project.defs.transformation import transformation


def test_every_dbt_test_is_described() -> None:
    [dbt_models] = transformation().assets or []
    assert isinstance(dbt_models, dg.AssetsDefinition)
    checks = {spec.name: spec.description for spec in dbt_models.check_specs}
    assert all(checks.values()), [name for name, description in checks.items() if not description]
    assert checks["assert_every_event_is_kept"] == (
        "Identity, verdicts and catalogue add columns to the events at hand; none may add or lose a row."
    )
    assert checks["sums_to_one_rpt_micro_conversion_paths_share__person_population_path_length"] == (
        "The column adds up to 1 over the table, or over each group of it, unless the table is empty."
        " Here: column `share`, group_by `person_population, path_length`."
    )
    assert checks["unique_fct_sessions_session_id"] == (
        "dbt's test `unique`. Here: column_name `session_id`."
    )

"""What the published tables say in plain English: a statement, its sample size and its interval."""

from pathlib import Path

import duckdb

from dagster_project.reports import actions, changes, decisions, mailings, opens, persons, quality
from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Row

# What a marketer acts on stands first.
REPORTS = (
    actions.deliverability,
    actions.who_to_mail,
    decisions.to_fix,
    decisions.experiments,
    decisions.steps_to_push,
    decisions.steps_to_leave,
    changes.what_changed,
    persons.funnel_drop_off,
    persons.completion_rates,
    persons.converting_paths,
    mailings.time_to_purchase,
    persons.stage_transitions,
    mailings.send_times,
    mailings.benchmark_comparison,
    opens.open_rates,
    opens.machine_traffic,
    persons.retention,
    quality.silent_sources,
    quality.late_sources,
    quality.missing_data,
)


def read_findings(path: Path) -> list[Finding]:
    """Every finding that the file has enough persons for."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def query(sql: str) -> list[Row]:
            result = connection.execute(sql)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        return [finding for report in REPORTS for finding in report(query)]

"""What the published tables say, in plain words: a sentence, how many it rests on, and how sure it is."""

from pathlib import Path

import duckdb

from dagster_project.reports import mailings, persons
from dagster_project.reports.wording import Finding, Row

QUESTIONS = (
    persons.where_people_stop,
    persons.what_completes,
    persons.which_paths_convert,
    mailings.how_fast,
    persons.from_stage_to_stage,
    mailings.which_variant_wins,
    mailings.when_to_send,
    mailings.against_the_benchmark,
    mailings.what_machines_do,
    persons.who_stays,
)


def read_findings(path: Path) -> list[Finding]:
    """Every finding that the file has enough persons for."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def ask(query: str) -> list[Row]:
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        return [finding for question in QUESTIONS for finding in question(ask)]

"""Counts against the e-mail providers' own reports. Rows of (subject, ours, theirs).

A source whose event contract has `vendor_totals: campaigns` gets both checks.
"""

from collections.abc import Iterator, Mapping

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import Evaluate, expect_agreement
from dagster_project.checks.populations import of_population
from dagster_project.runtime.event_contracts import read_contracts
from dagster_project.sources.registry import source as registered


def _totals(source: str, model: str) -> str:
    """Logs are not kept for ever: a campaign can be recounted only when read from its first hour on."""
    return f"""
        with first_logged as (
            select make_timestamp(min(quarter) * 900000000) as at
            from _event_quarters where source = '{source}'
        ),
        theirs as (
            select totals.* from staging.{model} as totals, first_logged
            where completed_at > first_logged.at + interval 1 day
        )
    """


def _of_campaigns(source: str, model: str, evaluate: Evaluate) -> Evaluate:
    return of_population(
        evaluate,
        existing=f"select count(*) from staging.{model}",
        unit="campaigns",
        left_out=f"""
            {_totals(source, model)}
            select 'begun before the log was read', (select count(*) from staging.{model}) - count(*)
            from theirs
        """,
        what="campaigns",
    )


def _sends(source: str, title: str, model: str, column: str) -> Check:
    return Check(
        name=f"sends_equal_{source}_campaign_totals",
        asset=("marts", "fct_email_sends"),
        severity=Status.ERROR,
        description=f"Recipients counted from the events equal {column} of {title}'s campaign statistics.",
        tolerance=(
            "WARN over 0.5 % of a campaign and 2 recipients: contacts deleted since leave the log; ERROR "
            "over 5 % in sum: then pages are missing."
        ),
        evaluate=_of_campaigns(
            source,
            model,
            expect_agreement(
                f"""
            {_totals(source, model)}
            select campaign_name, coalesce(sent, 0), {column}
            from theirs left join _campaign_sends using (campaign_key)
            """,
                source=f"{column} of {title}'s campaign statistics",
                warn_over=0.005,
                error_over=0.05,
                slack=2,
            ),
        ),
    )


def _responses(source: str, title: str, model: str, columns: Mapping[str, str]) -> Check:
    """Responses go on for weeks; statistics that are no longer pulled stay the same while the log goes on."""
    pairs = ", ".join(f"row('{ours}', coalesce({ours}, 0), {theirs})" for ours, theirs in columns.items())
    return Check(
        name=f"responses_equal_{source}_campaign_totals",
        asset=("marts", "fct_email_sends"),
        severity=Status.ERROR,
        description=(
            f"Counts of {', '.join(columns)} from the events equal {title}'s statistics of the campaigns "
            "that it still restates."
        ),
        tolerance=(
            "WARN over 2 % of a campaign's count and 5 units: log and statistics are read minutes apart "
            "while people click; ERROR over 10 % in sum: then a kind of action is lost or counted twice."
        ),
        evaluate=_of_campaigns(
            source,
            model,
            expect_agreement(
                f"""
            {_totals(source, model)},
            pairs as (
                select campaign_name, unnest([{pairs}]) as pair
                from theirs left join _campaign_sends using (campaign_key)
                where _extracted_at > (select max(_extracted_at) from staging.{model}) - interval 1 hour
            )
            select campaign_name || ': ' || pair[1], pair[2], pair[3] from pairs
            """,
                source=f"{title}'s campaign statistics",
                warn_over=0.02,
                error_over=0.1,
                slack=5,
            ),
        ),
    )


def _checks() -> Iterator[Check]:
    for source, contract in read_contracts().items():
        if totals := contract.totals("campaigns"):
            model, columns = totals["model"], dict(totals["columns"])
            title = registered(source).title
            yield _sends(source, title, model, columns.pop("sent"))
            yield _responses(source, title, model, columns)


CHECKS = tuple(_checks())

"""Findings about the data: what is missing, and what to do about it."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, percent, short

# Indicators without a limit of their own are named from this share on.
NOTABLE_SHARE = 0.05
DAYS = 90


def silent_sources(query: Query) -> Iterator[Finding]:
    """Sources and feeds for which every outcome they report waits, with the line that ends it."""
    for row in query("""
        select
            coalesce(feed, source) as reporter, watermark_at, line_to_add, days_behind,
            (select count(*) from marts.fct_events as events
                where events.source = watermarks.source and events.feed is not distinct from watermarks.feed)
                as events,
            (select count(*) from marts.rpt_outcome_watermarks
                where earliest_reporter = coalesce(feed, source) and outcome_type = 'micro_conversion')
                as outcomes
        from marts.rpt_source_watermarks as watermarks where is_silent order by reporter
    """):
        yield Finding(
            "What is missing in the data?",
            f"{row['reporter']} has reported nothing since {row['watermark_at']:%Y-%m-%d}, "
            f"{row['days_behind']:.0f} days less than the latest source; what comes after is immature for "
            f"{row['outcomes']} outcomes. "
            f"{row['line_to_add']}.",
            row["events"],
            "",
            f"{short(row['reporter'])} has reported nothing since {row['watermark_at']:%Y-%m-%d}",
            "what comes after is immature",
        )


def late_sources(query: Query) -> Iterator[Finding]:
    """From when outcomes are known that were not reported from the beginning of the data."""
    for row in query("""
        with late as (
            select known_from, count(*) filter (where outcome_type = 'micro_conversion') as outcomes,
                bool_or(outcome_type = 'macro_conversion') as has_conversions,
                flatten(list(string_split(reporters, ', '))) as reported_by
            from marts.rpt_outcome_watermarks where known_from is not null group by known_from
        ),
        begins as (
            select coalesce(feed, source) as reporter, date_trunc('day', begins_at) as known_from
            from marts.rpt_source_watermarks
        )
        select late.* exclude (reported_by), string_agg(reporter, ', ' order by reporter) as reporters,
            (select count(*) from marts.fct_events where occurred_at < known_from) as events
        from late inner join begins using (known_from)
        where list_contains(reported_by, reporter)
        group by all order by known_from
    """):
        what = "Conversions and " if row["has_conversions"] else ""
        statement = (
            f"{what}{row['outcomes']} {'steps are' if row['outcomes'] != 1 else 'step is'} known from "
            f"{row['known_from']:%Y-%m-%d} on, when {row['reporters']} first reported"
        )
        yield Finding(
            "What is missing in the data?",
            f"{statement}; what was sent and done before that day is in none of their rates and comparisons. "
            "Load older files or days to see it.",
            row["events"],
            "",
            short(statement, 90),
            "load older files or days",
        )


def missing_data(query: Query) -> Iterator[Finding]:
    """The indicators of `rpt_data_quality` over their limit, of the last days."""
    rows = query(f"""
        select indicator, unit, any_value(meaning) as meaning, round(sum(affected))::bigint as affected,
            round(sum(total))::bigint as total, any_value(highest_share) as highest_share
        from marts.rpt_data_quality
        where day > (select max(day) from marts.rpt_data_quality) - {DAYS} and indicator <> 'silent_sources'
        group by indicator, unit
        having sum(total) > 0
            and sum(affected) / sum(total) > coalesce(any_value(highest_share), {NOTABLE_SHARE})
        order by indicator, unit
    """)
    for row in rows:
        affected = max(0, min(row["affected"], row["total"]))
        rate = percent(affected / row["total"])
        limit = percent(row["highest_share"] or NOTABLE_SHARE)
        yield Finding(
            "What is missing in the data?",
            f"{row['meaning']}: {rate} of all {row['unit']} of the last {DAYS} days; named over {limit}.",
            row["total"],
            "",  # all there is, not a sample of it
            f"{short(row['meaning'], 90)}: {rate} of {row['unit']}",
        )

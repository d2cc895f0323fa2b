"""What the published tables say, in plain words: a sentence, how many it rests on, and how sure it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.statistics.proportions import compare_rates, wilson_interval

# Fewer persons than this make no finding.
LEAST_PERSONS = 30
# A path is one of very many; the interval says how little a few persons prove.
LEAST_ON_PATH = 5
STAGES = "['awareness', 'consideration', 'decision', 'customer', 'advocacy']"
DAY = 86_400


@dataclass(frozen=True)
class Finding:
    """One line: what was asked, the answer, persons or e-mails it rests on, 95 % interval."""

    question: str
    answer: str
    n: int
    interval: str


Row = dict[str, Any]
Ask = Callable[[str], list[Row]]


def read_findings(path: Path) -> list[Finding]:
    """Every finding that the file has enough persons for."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def ask(query: str) -> list[Row]:
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        return [finding for question in QUESTIONS for finding in question(ask)]


def words(key: str) -> str:
    """`welcome_email_click` as a person says it."""
    return key.replace("_", " ")


def between(lower: float, upper: float) -> str:
    return f"{lower:.1%} – {upper:.1%}"


def band(lower: float, upper: float) -> str:
    return f"{lower:.1%}" if lower == upper else between(lower, upper)


def days(seconds: float) -> str:
    for name, length in (("days", DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {name}"
    return f"{seconds:.0f} seconds"


def where_people_stop(ask: Ask) -> Iterator[Finding]:
    """The required steps that lose most persons. One that nobody ever took is not measured."""
    rows = ask(f"""
        select
            sequence_id, micro_conversion, reached,
            lag(micro_conversion) over steps as previous, lag(reached) over steps as entered,
        from marts.rpt_funnels
        where is_mature and not is_optional
        window steps as (partition by sequence_id order by step_number)
        qualify entered >= {LEAST_PERSONS} and reached > 0
        order by entered - reached desc
        limit 2
    """)
    for row in rows:
        lost = row["entered"] - row["reached"]
        lower, upper = wilson_interval(lost, row["entered"])
        yield Finding(
            "Where do people stop?",
            f"On the way “{words(row['sequence_id'])}”, {lost / row['entered']:.0%} of those who came to "
            f"“{words(row['previous'])}” never go on to “{words(row['micro_conversion'])}”.",
            row["entered"],
            between(float(lower), float(upper)),
        )


def what_completes(ask: Ask) -> Iterator[Finding]:
    """The most and the least completed micro-conversion, and what stands out from its benchmark."""
    rates = ask(f"""
        from marts.rpt_completion_rates
        semi join (from marts.dim_micro_conversions where polarity = 'micro') using (micro_conversion)
        where slice_type = 'overall' and eligible >= {LEAST_PERSONS} and completed > 0
        order by rate desc
    """)
    for question, row in zip(
        ("What do people complete?", "What do they not?"), (*rates[:1], *rates[-1:]), strict=False
    ):
        yield Finding(
            question,
            f"{row['rate']:.1%} of those exposed complete “{words(row['micro_conversion'])}”.",
            row["eligible"],
            between(row["lower"], row["upper"]),
        )
    for row in [row for row in rates if row["status"] in ("below", "above")][:3]:
        # A benchmark that counts machines can only be held against figures that do too.
        gross = row["benchmark_counts"] == "gross"
        completed = row["completed_gross"] if gross else row["completed"]
        lower, upper = wilson_interval(completed, row["eligible"])
        yield Finding(
            "Against the benchmark?",
            f"“{words(row['micro_conversion'])}” at {completed / row['eligible']:.1%}"
            f"{', machines counted,' if gross else ''} lies {row['status']} the benchmark, "
            f"{band(row['benchmark_lower'], row['benchmark_upper'])}.",
            row["eligible"],
            between(float(lower), float(upper)),
        )


def which_paths_convert(ask: Ask) -> Iterator[Finding]:
    """The paths whose conversion rate is surely over the average."""
    rows = ask(f"""
        with overall as (
            select sum(converted) / sum(persons) as rate from marts.rpt_micro_conversion_paths where is_mature
        )
        select * from marts.rpt_micro_conversion_paths, overall
        where not is_remainder and is_mature and persons >= {LEAST_ON_PATH} and lower > overall.rate
        order by lower desc
        limit 2
    """)
    for row in rows:
        yield Finding(
            "Which paths convert?",
            f"{row['conversion_rate']:.1%} of those on “{words(row['path'])}” buy, "
            f"{row['lift']:.1f} times the average.",
            row["persons"],
            between(row["lower"], row["upper"]),
        )


def how_fast(ask: Ask) -> Iterator[Finding]:
    """Time from stage to stage, those still under way counted."""
    for row in ask(f"""
        from marts.rpt_stage_transitions
        where transitions >= {LEAST_PERSONS} and median_seconds is not null
            and list_position({STAGES}, to_stage) > list_position({STAGES}, from_stage)
        order by persons desc
        limit 3
    """):
        yield Finding(
            "How fast?",
            f"From {row['from_stage']} to {row['to_stage']} half take up to {days(row['median_seconds'])}; "
            f"{row['probability']:.0%} of stays end that way.",
            row["persons_at_risk"],
            between(row["lower"], row["upper"]),
        )


def which_variant_wins(ask: Ask) -> Iterator[Finding]:
    """Human clicks of the two arms of each A/B test, and whether the difference can be chance."""
    tests: dict[str, list[Row]] = {}
    for row in ask("""
        select campaign_key, any_value(dim_campaigns.name) as name, variant,
            count(*) as delivered, count(first_human_click_at) as clicked
        from marts.fct_email_sends
        join marts.dim_emails using (email_id, campaign_key)
        join marts.dim_campaigns using (campaign_key)
        where delivered_at is not null and variant is not null
        group by campaign_key, variant
        order by campaign_key, variant
    """):
        tests.setdefault(row["campaign_key"], []).append(row)
    for arms in [arms for arms in tests.values() if len(arms) == 2]:
        yield _verdict(arms)


def _verdict(arms: Sequence[Row]) -> Finding:
    one, other = arms
    difference = compare_rates(one["clicked"], one["delivered"], other["clicked"], other["delivered"])
    rates = [arm["clicked"] / arm["delivered"] for arm in arms]
    better = arms[0] if rates[0] > rates[1] else arms[1]
    sure = difference.lower > 0 or difference.upper < 0
    return Finding(
        "A/B: which variant wins?",
        f"“{one['name']}”: {one['variant']} {rates[0]:.1%}, {other['variant']} {rates[1]:.1%} human clicks; "
        + (f"{better['variant']} is better." if sure else "no difference that could not be chance."),
        one["delivered"] + other["delivered"],
        f"{difference.lower:+.1%} – {difference.upper:+.1%}",
    )


def what_machines_do(ask: Ask) -> Iterator[Finding]:
    """The share of opens and clicks that no person made."""
    [row] = ask("""
        select
            count(*) as delivered,
            count(first_open_at) as opened, count(first_human_open_at) as opened_by_person,
            count(first_click_at) as clicked, count(first_human_click_at) as clicked_by_person,
        from marts.fct_email_sends where delivered_at is not null
    """)
    for deed, question in (
        ("opened", "How many opens are machines'?"),
        ("clicked", "How many clicks are machines'?"),
    ):
        gross, human = row[deed], row[f"{deed}_by_person"]
        if gross < LEAST_PERSONS:
            continue
        lower, upper = wilson_interval(gross - human, gross)
        yield Finding(
            question,
            f"{(gross - human) / gross:.0%} of e-mails counted as {deed} were {deed} by machines only: "
            f"{gross / row['delivered']:.1%} gross, {human / row['delivered']:.1%} human.",
            gross,
            between(float(lower), float(upper)),
        )


def who_stays(ask: Ask) -> Iterator[Finding]:
    """Retention four weeks on, mature cohorts only."""
    [row] = ask("""
        select sum(active) as active, sum(cohort_size) as persons
        from marts.rpt_cohorts where cohort_grain = 'week' and period_number = 4 and is_mature
    """)
    if row["persons"] and row["persons"] >= LEAST_PERSONS:
        lower, upper = wilson_interval(int(row["active"]), int(row["persons"]))
        yield Finding(
            "Who stays?",
            f"{row['active'] / row['persons']:.1%} are active again four weeks after their first touch.",
            int(row["persons"]),
            between(float(lower), float(upper)),
        )


QUESTIONS = (
    where_people_stop,
    what_completes,
    which_paths_convert,
    how_fast,
    which_variant_wins,
    what_machines_do,
    who_stays,
)

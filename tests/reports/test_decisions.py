"""What is to be decided, on published tables made by hand: each verdict is worded as it stands there."""

from math import sqrt

import duckdb
import pytest

from dagster_project.reports import decisions
from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query

ARMS = """
    create table marts.dim_micro_conversions (micro_conversion varchar, label varchar);
    insert into marts.dim_micro_conversions values
        ('resource_download', 'Guide downloaded'), ('contest_entry', 'Contest entered'), ('survey', 'Survey');
    create table marts.dim_persons as select 'EUR' as revenue_currency;
    create table marts.rpt_bottlenecks (
        transition_kind varchar, opportunity_rank integer, from_step varchar, to_step varchar,
        person_population varchar, window_days double, persons bigint,
        left_truncated_persons bigint, rate double, target_rate double,
        target_basis varchar, weakest_slice varchar, weakest_persons bigint, weakest_reached bigint,
        further_conversions double, further_conversions_lower double, further_conversions_upper double,
        opportunity double, opportunity_lower double, opportunity_upper double,
        opportunity_is varchar, tested_by varchar, hypothesis varchar
    );
    create table marts.rpt_experiments (
        experiment varchar, campaign_name varchar, variant varchar, metric varchar, role varchar,
        is_control boolean, last_assigned_at timestamp, persons bigint, mature_persons bigint, mean double,
        difference double, difference_lower double, difference_upper double,
        minimum_detectable_effect double, verdict varchar
    );
    create table marts.rpt_step_impact (
        micro_conversion varchar, outcome varchar, method varchar, is_primary boolean, completers bigint,
        others bigint, ratio double, ratio_lower double, ratio_upper double, e_value_of_interval double,
        q_value double, verdict varchar, persons_needed bigint
    );
"""


def said(finding: Finding) -> str:
    """As on the first screen."""
    return f"{finding.headline}; {finding.advice}" if finding.advice else finding.headline


@pytest.fixture(autouse=True)
def tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(ARMS)


def test_of_empty_tables_nothing_is_said(query: Query) -> None:
    reports = (decisions.to_fix, decisions.experiments, decisions.steps_to_push, decisions.steps_to_leave)
    assert [finding for report in reports for finding in report(query)] == []


def test_what_to_fix_first_says_what_it_is_worth_at_most(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    connection.execute("""
        insert into marts.rpt_bottlenecks values
        ('sequence', 1, 'resource_download', 'survey', 'known', 2, 200, 100, 0.4, 0.6, 'device', 'mobile',
            100, 20,
            18.2, 9, 27, 1284.4, 700, 1900, 'upper bound', null, 'Perhaps the form gets in the way.'),
        ('sequence', 2, 'survey', 'contest_entry', 'known', 2, 200, 100, 0.4, 0.6, 'device', null, null, null,
            1, 1, 1, 1, 1, 1, 'upper bound', null, ''),
        ('stage', 1, 'decision', 'customer', 'known', 2, 200, 100, 0.4, 0.6, 'device', null, null, null,
            1, 1, 1, 1, 1, 1, 'upper bound', null, '')
    """)
    [finding] = decisions.to_fix(query)
    assert finding.statement == (
        "“Guide downloaded” → “Survey”: 40% of 200 known people get there within 2 days, 20% of the 100 of "
        "“mobile”. At 60%, as on the better devices, it would be worth about 1,284 EUR "
        "and at most 1,900, 18 conversions more. Perhaps the form gets in the way. It is the largest of 2, "
        "which its interval does not allow for."
    )
    assert (finding.n, finding.interval) == (200, "700–1,900")
    assert said(finding) == (
        "“Guide downloaded” → “Survey”: 40% go on; reaching 60% is worth at most 1,900 EUR; "
        "begin with “mobile” (20%)"
    )


def test_what_a_test_has_shown_is_worth_its_effect(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    connection.execute("""
        insert into marts.rpt_bottlenecks values
        ('sequence', 1, 'resource_download', 'survey', 'known', null, 200, 0, 0.4, 0.6, 'benchmark', null,
            null,
            null, 18.2, 9, 27, 1284.4, 700, 1900, 'tested', 'form', 'To be tested.')
    """)
    [finding] = decisions.to_fix(query)
    assert finding.statement.endswith(
        "get there. What the test “form” says to ship would be worth about 1,284 EUR, 18 conversions more. "
        "To be tested."
    )
    assert said(finding).endswith("; the test “form” is worth at most 1,900 EUR; ship it")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("upper bound", "At 60%, as is published, it would be worth 18 conversions more and at most 27. No"),
        ("tested", "What the test “form” says to ship would be worth 18 conversions more. No"),
    ],
)
def test_without_an_order_only_conversions_are_said(
    connection: duckdb.DuckDBPyConnection, query: Query, kind: str, expected: str
) -> None:
    connection.execute(
        """
        insert into marts.rpt_bottlenecks values
        ('sequence', 1, 'resource_download', 'survey', 'known', 2, 200, 101, 0.4, 0.6, 'benchmark', null,
            null,
            null, 18.2, 9.04, 27.31, null, null, null, ?, 'form', null)
    """,
        [kind],
    )
    [finding] = decisions.to_fix(query)
    assert (
        "get there within 2 days (101 of the 200 may have been customers before the data begin). " + expected
    ) in finding.statement
    assert "EUR" not in finding.statement + said(finding)
    assert "at most 27 conversions more" in said(finding)
    assert (finding.topic, finding.interval) == ("What to fix first? (conversions)", "9.0–27.3")


def add_test(
    connection: duckdb.DuckDBPyConnection, metric: str, means: tuple[float, float], verdict: str
) -> None:
    """Of 400 persons an arm, the second ahead by 0.02 to 0.06."""
    for variant, mean in zip("AB", means, strict=True):
        is_control = variant == "A"
        difference = (None, None, None, None) if is_control else (0.04, 0.02, 0.06, 0.03)
        connection.execute(
            "insert into marts.rpt_experiments values"
            " ('smaily-1', 'Autumn', ?, ?, 'primary', ?, '2026-11-01', 400, 390, ?, ?, ?, ?, ?, ?)",
            [variant, metric, is_control, mean, *difference, verdict],
        )


def test_a_winner_is_to_be_shipped(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    add_test(connection, "human_click", (0.1, 0.14), "ship B")
    [finding] = decisions.experiments(query)
    assert finding.statement == (
        "“Autumn”: 14% of B and 10% of A clicked, all counted as they were assigned; ship B."
    )
    assert (finding.n, finding.interval) == (780, "+2.0 to +6.0")
    assert said(finding) == "“Autumn”: 14% of B and 10% of A clicked; ship B"


def test_without_a_winner_the_test_is_to_be_stopped(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add_test(connection, "resource_download", (0.1, 0.14), "no winner")
    [finding] = decisions.experiments(query)
    assert "14% of B and 10% of A came to “Guide downloaded”" in finding.statement
    assert finding.statement.endswith("only a difference of 3.0 points would be found at this size.")
    assert finding.advice == "no winner, stop it"


def test_revenue_is_an_amount_a_person(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    add_test(connection, "net_revenue", (1.5, 1.54), "no winner")
    [finding] = decisions.experiments(query)
    assert finding.statement == (
        "“Autumn”: 1.54 a person from B and 1.50 a person from A, all counted as they were assigned; "
        "no winner, stop it."
    )
    assert finding.interval == "+0.02 to +0.06"


def test_a_test_that_nobody_has_been_followed_in_waits(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add_test(connection, "human_click", (0.1, 0.14), "wait 2 days")
    connection.execute("update marts.rpt_experiments set mean = null, difference = null")
    [finding] = decisions.experiments(query)
    assert (finding.statement, finding.n) == ("“Autumn”: wait 2 days.", 400)
    assert said(finding) == "“Autumn”; wait 2 days"


def add_step(connection: duckdb.DuckDBPyConnection, name: str, ratio: float, verdict: str) -> None:
    for method, estimate in (("person_time", ratio), ("naive", ratio + 0.5)):
        connection.execute(
            "insert into marts.rpt_step_impact values"
            " ($1, 'conversion', $2, $2 = 'person_time', 100, 300, $3, $3 - 0.2, $3 + 0.3, 1.7,"
            " case when $2 = 'person_time' then 0.004 end, $4, 5000)",
            [name, method, estimate, verdict],
        )


def test_the_surest_step_is_pushed_and_the_others_are_named(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add_step(connection, "survey", 1.5, "matters")
    add_step(connection, "resource_download", 2, "matters")
    [finding] = decisions.steps_to_push(query)
    assert finding.statement == (
        "After “Guide downloaded” people convert 2.0 times as often as comparable known people who were "
        "offered it and have not (week by week since their first activity); simply against all others it "
        "looks like 2.5; the surest of 2 comparisons, q = 0.004: push it, likewise “Survey” (1.5). "
        "The interval allows for choosing 2 of 2. To explain it away, something unmeasured would "
        "have to make both the step and converting 1.7 times as likely."
    )
    assert (finding.n, finding.interval) == (400, "1.80–2.30")
    after = "“Guide downloaded”: people convert 2.0 times as often as others like them"
    assert said(finding) == f"{after}; push it, and 1 more"
    [lowest] = decisions.steps_to_leave(query)
    assert "“Survey” people convert 1.5 times" in lowest.statement
    assert lowest.statement.endswith(
        "of 2 steps, of which none is shown to harm or to lead nowhere yet. The interval allows for choosing "
        "1 of 2."
    )
    assert lowest.advice == "leave none yet: the lowest of 2 may be chance"


def test_what_harms_and_what_leads_nowhere_is_left(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add_step(connection, "contest_entry", 0.5, "harmful")
    add_step(connection, "survey", 0.95, "distractor")
    harmful, distractor = decisions.steps_to_leave(query)
    assert "“Contest entered” people convert 0.5" in harmful.statement
    corrected = "The interval allows for choosing 1 of 2."
    assert harmful.statement.endswith(f"do not lead people there without a test. {corrected}")
    assert distractor.statement.endswith(f"many take it and it leads nowhere: leave it. {corrected}")
    assert (harmful.advice, distractor.advice) == ("do not lead people there", "leave it")


def test_the_interval_of_the_surest_allows_for_having_been_chosen(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    """From 1.8 to 2.3 alone; one of four at 98.75 %, whose quantile is 2.4977."""
    add_step(connection, "resource_download", 2, "matters")
    for name in ("survey", "contest_entry", "other"):
        add_step(connection, name, 1, "insufficient")
    [finding] = decisions.steps_to_push(query)
    middle, reach = sqrt(1.8 * 2.3), (2.3 / 1.8) ** (2.497705 / 1.959964 / 2)
    assert finding.interval == f"{middle / reach:.2f}–{middle * reach:.2f}" == "1.74–2.38"
    assert "The interval allows for choosing 1 of 4." in finding.statement


def test_where_no_step_matters_it_is_said_how_many_people_it_takes(
    connection: duckdb.DuckDBPyConnection, query: Query
) -> None:
    add_step(connection, "survey", 1.2, "insufficient")
    [finding] = decisions.steps_to_push(query)
    assert "none of 1 steps is shown to matter yet: it would take about 5,000 people" in finding.statement
    assert finding.advice == "not shown yet: wait for about 5,000 people"


def test_long_names_are_cut_in_a_headline_only(connection: duckdb.DuckDBPyConnection, query: Query) -> None:
    name = "W" * 500
    connection.execute("update marts.dim_micro_conversions set label = ? where label = 'Survey'", [name])
    add_step(connection, "survey", 1.5, "matters")
    [finding] = decisions.steps_to_push(query)
    assert name in finding.statement
    assert len(said(finding)) < 140


@pytest.mark.parametrize(("ratio", "is_pushed"), [(0.6, False), (0.75, True), (1.2, True)])
def test_a_step_is_not_pushed_against_its_landmark_of_a_week(
    connection: duckdb.DuckDBPyConnection, query: Query, ratio: float, is_pushed: bool
) -> None:
    """The bound is 0.3 above: 0.9 is below 1, 1.05 is not."""
    add_step(connection, "survey", 1.5, "matters")
    connection.execute(
        "insert into marts.rpt_step_impact"
        " (micro_conversion, outcome, method, is_primary, ratio, ratio_upper)"
        " values ('survey', 'conversion', 'landmark_7', false, $1, $1 + 0.3)",
        [ratio],
    )
    assert any("push it" in finding.statement for finding in decisions.steps_to_push(query)) is is_pushed

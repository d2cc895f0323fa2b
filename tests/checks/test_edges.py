"""What each check counts and what it leaves out, at the edges, on tables of a few rows."""

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_agreement, expect_equality

NOW = datetime(2026, 11, 16, 4, tzinfo=UTC)


def outcome(name: str, connection: duckdb.DuckDBPyConnection) -> CheckOutcome:
    [check] = (check for check in CHECKS if check.name == name)
    return check.evaluate(CheckContext(connection, NOW))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'; create schema raw; create schema marts; create schema staging")
        yield opened


@pytest.mark.parametrize(
    ("kind", "retention", "age", "status"),
    [
        ("window", "null", "36 hours", Status.PASSED),
        ("window", "null", "36 hours 1 second", Status.WARN),
        ("cursor", "30", "23 days", Status.PASSED),
        ("cursor", "30", "23 days 1 second", Status.ERROR),
        ("cursor", "null", "400 days", Status.PASSED),
        ("snapshot", "null", "400 days", Status.PASSED),
    ],
)
def test_a_stream_is_old_beyond_its_limit(
    connection: duckdb.DuckDBPyConnection, kind: str, retention: str, age: str, status: Status
) -> None:
    connection.execute(f"""
        create table raw._loads as
        select 'vendor' as source, unnest(['one', 'other']) as stream,
            timestamptz '2026-11-16 04:00:00Z' - interval '{age}' as loaded_at;
        create temp table _streams as
        select 'vendor' as source, stream, '{kind}' as kind, {retention}::integer as retention_days,
            stream = 'one' as is_configured
        from raw._loads;
    """)
    found = outcome("streams_are_fresh_against_their_retention", connection)
    assert (found.status, found.n) == (status, 1)


def volumes(connection: duckdb.DuckDBPyConnection, count: str, account: str = "vendor") -> CheckOutcome:
    """Two months of 100 a day and 30 at weekends, the first day cut; judged is Sunday, 8 November."""
    connection.execute(f"""
        create table raw._loads as
        select '{account}' as source, 'events' as stream, timestamptz '2026-11-12 04:00:00Z' as loaded_at;
        create temp table _streams as
        select '{account}' as source, 'events' as stream, 3 as restatement_days,
            true as is_configured, true as gives_events;
        create temp table _event_days as
        with days as (
            select unnest(range(date '2026-09-01', date '2026-11-12', interval 1 day))::date as day
        ),
        counted as (
            select day, case
                when day = date '2026-09-01' then 1
                when day > date '2026-11-08' then 7
                when day = date '2026-11-08' then {count}
                when isodow(day) > 5 then 30
                else 100
            end as events
            from days
        )
        select 'vendor' as source, 'view' as event_name, day, events from counted where events is not null;
    """)
    return outcome("volumes_against_own_history", connection)


def test_a_day_like_its_weekday_passes(connection: duckdb.DuckDBPyConnection) -> None:
    found = volumes(connection, "30")
    assert (found.status, found.figure, found.n) == (Status.PASSED, 30, 56)


def test_events_of_a_source_without_its_first_account_are_compared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert volumes(connection, "100", account="vendor__EE").status is Status.WARN


@pytest.mark.parametrize("count", ["100", "null"])
def test_a_day_of_another_volume_or_without_any_event_warns(
    connection: duckdb.DuckDBPyConnection, count: str
) -> None:
    assert volumes(connection, count).status is Status.WARN


@pytest.mark.parametrize(
    ("loaded_on", "happened_at", "account", "feed", "status"),
    [
        ("2026-11-10", "2026-08-01 00:00:00", "", "", Status.EMPTY),  # the first load brings the history
        ("2026-11-11", "2026-11-06 00:00:00", "", "", Status.PASSED),  # three days of restatement and two
        ("2026-11-11", "2026-11-05 23:45:00", "", "", Status.WARN),
        ("2026-11-11", "2026-08-01 00:00:00", "__LV", "", Status.EMPTY),  # as does that of a further account
        ("2026-11-12", "2026-08-01 00:00:00", "__LV", "", Status.WARN),
        ("2026-11-12", "2026-08-01 00:00:00", "", "crm_history", Status.EMPTY),  # and of a further feed
    ],
)
def test_an_event_is_late_beyond_restatement_and_two_days(
    connection: duckdb.DuckDBPyConnection,
    loaded_on: str,
    happened_at: str,
    account: str,
    feed: str,
    status: Status,
) -> None:
    connection.execute(f"""
        create table raw._loads as
        from (values
            ('vendor', 'events', timestamptz '2026-11-10 04:00:00Z'),
            ('vendor{account}', 'events', timestamptz '2026-11-11 04:00:00Z'),
            ('vendor{account}', 'events', timestamptz '2026-11-12 04:00:00Z'),
            ('vendor{account}', 'lists', timestamptz '2026-11-09 04:00:00Z')
        ) as loads (source, stream, extracted_at);
        create temp table _streams as
        from (values ('vendor', 'events', 3, true), ('vendor', 'lists', 0, false))
            as streams (source, stream, restatement_days, gives_events);
        create temp table _event_quarters as
        select
            'vendor' as source, nullif(feed, '') as feed,
            epoch(happened_at)::bigint // 900 as quarter, loaded_on, events
        from (values
            (timestamp '2026-11-10 00:00:00', date '2026-11-10', '', 1),
            (timestamp '{happened_at}', date '{loaded_on}', '{feed}', 500)
        ) as events (happened_at, loaded_on, feed, events);
    """)
    assert outcome("few_events_come_late", connection).status is status


@pytest.mark.parametrize(
    ("partition", "change", "run_at", "status"),
    [
        ("2026-11-10", "restated", "2026-11-15", Status.WARN),
        ("2026-11-11", "restated", "2026-11-15", Status.EMPTY),  # yesterday less the three days
        ("2026-11-01", "removed", "2026-11-15", Status.WARN),
        ("2026-11-01", "new", "2026-11-15", Status.EMPTY),
        ("2026-11-01", "restated", "2026-11-14", Status.EMPTY),  # an earlier build's
        ("orders.csv", "restated", "2026-11-15", Status.WARN),
        ("EE/2026-11-10", "restated", "2026-11-15", Status.WARN),
        ("EE/2026-11-11", "restated", "2026-11-15", Status.EMPTY),  # another account's day
    ],
)
def test_a_change_beyond_the_restatement_window_counts(
    connection: duckdb.DuckDBPyConnection, partition: str, change: str, run_at: str, status: Status
) -> None:
    connection.execute(f"""
        create temp table _streams as
        select 'vendor' as source, 'events' as stream, 3 as restatement_days, true as gives_events;
        create table marts.fct_sessions as select range as session_id from range(1000);
        create table marts.restatement_ledger as
        select 'vendor' as source, 'events' as stream, * from (values
            (timestamp '2026-11-15 04:00:00', '2026-11-14', 'new', 1000),
            (timestamp '{run_at} 04:00:00', '{partition}', '{change}', 100)
        ) as ledger (run_at, partition, change, sessions);
    """)
    assert outcome("few_sessions_change_afterwards", connection).status is status


@pytest.mark.parametrize(
    ("created_on", "clicks", "partition", "status"),
    [
        ("2026-11-02", 100, "1", Status.PASSED),
        ("2026-11-02", 80, "1", Status.ERROR),
        ("2026-11-02", 120, "1", Status.ERROR),
        ("2026-11-01", 80, "1", Status.PASSED),  # clicks before the first day read are Bitly's alone
        ("2026-11-01", 120, "1", Status.ERROR),
        ("2026-11-05", 80, "LV/1", Status.PASSED),  # the account was added on that day
        ("2026-11-06", 80, "LV/1", Status.ERROR),
    ],
)
def test_clicks_of_a_link_are_held_against_its_total(
    connection: duckdb.DuckDBPyConnection, created_on: str, clicks: int, partition: str, status: Status
) -> None:
    connection.execute(f"""
        create table raw._loads as
        from (values ('bitly', 'link_clicks', '2026-11-01'), ('bitly__LV', 'link_clicks', 'LV/2026-11-05'))
            as loads (source, stream, partition);
        create table raw.bitly__bitlinks as select 'bit.ly/a' as id, '{partition}' as _partition;
        create table marts.fct_link_clicks_daily as
        select 'bit.ly/a' as link_key, {clicks} + 7 as clicks, 7 as custom_back_half_clicks;
        create table staging.stg_bitly__link_totals as select 'bit.ly/a' as bitlink, 100 as total_clicks;
        create table staging.stg_bitly__bitlinks as
        select 'bit.ly/a' as bitlink, timestamp '{created_on} 10:00:00' as created_at;
    """)
    assert outcome("clicks_do_not_exceed_bitly_totals", connection).status is status


WEB_CHECKS = (
    "events_equal_google_analytics_daily_totals",
    "purchase_events_equal_google_analytics_daily_totals",
)


def days(connection: duckdb.DuckDBPyConnection, *totals: str, counted: int = 100) -> None:
    """So many purchases on 10 November, and rows of totals (day, number, unnamed events, why not exact)."""
    connection.execute(f"""
        create temp table _event_quarters as
        select 'google_analytics' as source, null::varchar as feed, 'purchase' as event_name,
            epoch(timestamp '2026-11-09 22:00:00')::bigint // 900 as quarter, {counted} as event_count,
            {counted} as events;
        create table staging.stg_google_analytics__day_totals as
        select 'Europe/Tallinn' as time_zone, null::varchar as feed, *, event_count as transactions
        from (values {", ".join(totals)}) as days (day, event_count, unnamed_events, inexact_because);
    """)


@pytest.mark.parametrize("check", WEB_CHECKS)
@pytest.mark.parametrize(
    ("because", "status", "n", "left_out"),
    [
        ("null", Status.ERROR, 2, 0),
        ("'thresholded'", Status.PASSED, 1, 1),
        ("'sampled'", Status.PASSED, 1, 1),
    ],
)
def test_days_that_the_vendor_flags_are_left_out_and_counted(
    connection: duckdb.DuckDBPyConnection, check: str, because: str, status: Status, n: int, left_out: int
) -> None:
    days(connection, "(date '2026-11-10', 100, 0, null)", f"(date '2026-11-11', 500, 0, {because})")
    found = outcome(check, connection)
    assert (found.status, found.n, found.left_out) == (status, n, left_out)


@pytest.mark.parametrize("check", WEB_CHECKS)
def test_with_every_day_left_out_a_reconciliation_warns(
    connection: duckdb.DuckDBPyConnection, check: str
) -> None:
    days(connection, "(date '2026-11-10', 100, 0, 'thresholded')", "(date '2026-11-11', 500, 0, 'sampled')")
    found = outcome(check, connection)
    assert (found.status, found.n, found.left_out) == (Status.WARN, 0, 2)
    assert found.description == (
        "Nothing could be compared, though there are 100 events. Left out: 2 days that Google Analytics 4 "
        "flags (1 sampled, 1 thresholded)."
    )


@pytest.mark.parametrize(
    ("total", "unnamed", "status"),
    [
        (100, 0, Status.PASSED),
        (130, 30, Status.PASSED),
        (160, 30, Status.ERROR),  # more are missing than have no name
        (70, 30, Status.ERROR),  # more here than there: names do not matter
    ],
)
def test_events_without_a_name_make_up_for_those_of_a_name(
    connection: duckdb.DuckDBPyConnection, total: int, unnamed: int, status: Status
) -> None:
    days(connection, f"(date '2026-11-10', {total}, {unnamed}, null)")
    assert outcome(WEB_CHECKS[1], connection).status is status
    # Counting all events, each counts whatever its name.
    assert (outcome(WEB_CHECKS[0], connection).status is Status.PASSED) is (total == 100)


@pytest.mark.parametrize(
    ("rows", "status", "subject"),
    [
        ("('folded_events', 'events', 1000, 5)", Status.PASSED, "ga/events: folded_events"),
        ("('folded_events', 'events', 1000, 30)", Status.WARN, "ga/events: folded_events"),
        ("('folded_revenue', 'EUR', 2630, 377)", Status.WARN, "ga/events: folded_revenue in EUR"),
        ("('folded_revenue', 'EUR', -20, -5)", Status.EMPTY, "all"),
        ("('folded_revenue', 'EUR', 100, -5), ('folded_events', 'events', 10, 0)", Status.PASSED, None),
        # a limit of none
        ("('withheld_events', 'events', 1000, 900)", Status.EMPTY, "all"),
    ],
)
def test_shares_of_what_a_vendor_folds_are_held_against_their_limits(
    connection: duckdb.DuckDBPyConnection, rows: str, status: Status, subject: str | None
) -> None:
    connection.execute(f"""
        create table marts.rpt_data_quality as
        select 'ga' as source, 'events' as stream, date '2026-11-10' as day, *,
            if(indicator like 'folded%', 0.01, null)::double as highest_share
        from (values {rows}) as measured (indicator, unit, total, affected);
    """)
    # Longer ago than the check looks back, and all of it folded.
    connection.execute("""
        insert into marts.rpt_data_quality
        select * replace (day - 91 as day, total as affected) from marts.rpt_data_quality
    """)
    found = outcome("few_details_are_lost_at_the_source", connection)
    assert found.status is status
    assert subject is None or found.subject == subject


@pytest.mark.parametrize(
    ("completed_at", "n"),
    [("2026-11-02 00:00:00", 0), ("2026-11-02 00:00:01", 1), ("2026-11-09 00:00:00", 1)],
)
def test_a_campaign_that_began_before_the_log_is_left_out(
    connection: duckdb.DuckDBPyConnection, completed_at: str, n: int
) -> None:
    connection.execute(f"""
        create temp table _event_quarters as
        select 'smaily' as source, epoch(timestamp '2026-11-01 00:00:00')::bigint // 900 as quarter;
        create temp table _campaign_sends as select 'smaily-1' as campaign_key, 500 as sent;
        create table staging.stg_smaily__campaign_totals as
        select 'smaily-1' as campaign_key, 'Autumn' as campaign_name, 1000 as total_count,
            timestamp '{completed_at}' as completed_at;
    """)
    found = outcome("sends_equal_smaily_campaign_totals", connection)
    assert (found.n, found.left_out) == (n, 1 - n)
    # There are campaigns, but none to compare.
    assert found.status is (Status.ERROR if n else Status.WARN)


@pytest.mark.parametrize(
    ("rows", "status", "figure"),
    [
        ([("within the slack", 102, 100)], Status.PASSED, 0.02),
        ([("on the tolerance", 1010, 1000)], Status.PASSED, 0.01),
        ([("beyond it", 989, 1000)], Status.WARN, -0.011),
        ([("on that of the total", 950, 1000)], Status.WARN, -0.05),
        ([("beyond that", 949, 1000)], Status.ERROR, -0.051),
        # far off, and yet little of the whole
        ([("small", 0, 1000), ("large", 99_000, 99_000)], Status.WARN, -0.01),
        ([("one", 1100, 1000), ("other", 900, 1000)], Status.WARN, 0.0),
        ([("only here", 5, 0)], Status.ERROR, 1.0),
        ([("only there", 0, 5)], Status.ERROR, -1.0),
    ],
)
def test_subjects_warn_and_the_total_is_an_error(
    rows: list[tuple[str, float, float]], status: Status, figure: float
) -> None:
    found = evaluate_agreement(rows, "the vendor", warn_over=0.01, error_over=0.05, slack=2)
    assert (found.status, found.figure) == (status, pytest.approx(figure))


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ("('one', 1000000.5, 1000000)", Status.PASSED),
        ("('one', 1000002, 1000000)", Status.ERROR),
        ("('one', 1, 0)", Status.ERROR),
        # the same in total
        ("('one', 10, 5), ('other', 5, 10)", Status.ERROR),
        ("('none', 0, 0)) as none where false --", Status.EMPTY),
    ],
)
def test_what_must_be_equal_is_an_error_beyond_rounding(
    connection: duckdb.DuckDBPyConnection, rows: str, status: Status
) -> None:
    evaluate = expect_equality(f"from (values {rows})", "the facts")
    assert evaluate(CheckContext(connection, NOW)).status is status

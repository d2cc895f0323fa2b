"""What findings name, on published tables made by hand: silence, the best of many, who is left out."""

from collections.abc import Callable

import duckdb
import pytest

from dagster_project.reports import mailings, quality
from dagster_project.reports.wording import Row, confidence, share


def test_the_interval_of_one_chosen_of_many_is_wider() -> None:
    assert [confidence(1), confidence(10)] == pytest.approx([0.95, 0.995])
    assert share(34, 100) == ("34%", "25–44%")
    assert share(34, 100, compared=20) == ("34%", "22–49%")


def test_a_silent_feed_is_named_with_the_line_to_add(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    connection.execute("""
        create table marts.fct_events as
        select unnest(['event_files', 'event_files', 'smaily']) as source,
            unnest(['news', 'shop', null]) as feed;
        create table marts.rpt_source_watermarks as
        select 'event_files' as source, unnest(['news', 'shop']) as feed, unnest([true, false]) as is_silent,
            timestamp '2026-09-20 13:00:00' as watermark_at, 42.3 as days_behind,
            'feed news: add retired_on: 2026-09-21' as line_to_add;
    """)
    [finding] = quality.silent_sources(query)
    assert finding.statement == (
        "news has reported nothing since 2026-09-20, 42 days less than the latest source; what comes after "
        "is immature for 2 outcomes. feed news: add retired_on: 2026-09-21."
    )
    assert finding.n == 1


def test_what_was_reported_late_is_named_with_the_day(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    connection.execute("""
        create or replace table marts.fct_events as
        select unnest([timestamp '2026-01-05', '2026-02-05', '2026-04-06', '2026-05-01']) as occurred_at;
        create or replace table marts.rpt_source_watermarks as from (values
            ('smaily', null, timestamp '2026-01-05'),
            ('event_files', 'shop', timestamp '2026-04-06 08:30:00'),
            ('event_files', 'till', timestamp '2026-04-06'),
            ('event_files', 'chat', timestamp '2026-04-06'), -- reports none of them
            ('trustpilot', null, timestamp '2026-05-01')
        ) as sources (source, feed, begins_at);
        create or replace table marts.rpt_outcome_watermarks as from (values
            ('macro_conversion', 'any', timestamp '2026-04-06', 'shop, till'),
            ('micro_conversion', 'purchase', timestamp '2026-04-06', 'shop, till'),
            ('micro_conversion', 'cart_add', timestamp '2026-04-06', 'shop'),
            ('micro_conversion', 'trustpilot_review', timestamp '2026-05-01', 'trustpilot'),
            ('micro_conversion', 'email_click', null, 'smaily')
        ) as outcomes (outcome_type, outcome, known_from, reporters);
    """)
    found = [(finding.statement.partition(";")[0], finding.n) for finding in quality.late_sources(query)]
    assert found == [
        ("Conversions and 2 steps are known from 2026-04-06 on, when shop, till first reported", 2),
        ("1 step is known from 2026-05-01 on, when trustpilot first reported", 3),
    ]


def test_what_is_missing_is_named_over_its_limit(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    """By its own limit, or from a twentieth on; only of the last ninety days."""
    connection.execute("""
        create table marts.rpt_data_quality as from (values
            ('folded_events', 'events', 'Folded', 20, 1000, 0.01, date '2026-11-01'),
            ('sampled_events', 'events', 'Sampled', 20, 1000, 0.1, date '2026-11-01'),
            ('late_events', 'events', 'Late', 60, 1000, null, date '2026-11-01'),
            ('unlinked_devices', 'devices', 'Unlinked', 50, 1000, null, date '2026-11-01'),
            ('corrected_records', 'records', 'Corrected', 900, 1000, null, date '2026-08-03'),
            ('silent_sources', 'days', 'Silent', 40, 50, null, date '2026-11-01')
        ) as measured (indicator, unit, meaning, affected, total, highest_share, day)
    """)
    assert [finding.statement for finding in quality.missing_data(query)] == [
        "Folded: 2.0% of all events of the last 90 days; named over 1.0%.",
        "Late: 6.0% of all events of the last 90 days; named over 5.0%.",
    ]


def mails(connection: duckdb.DuckDBPyConnection, hours: dict[int, tuple[int, str]], n: int = 400) -> None:
    """`n` campaign e-mails at each hour, of which so many are opened, by people of that zone source."""
    connection.execute("""
        create table marts.dim_campaigns as select 'c' as campaign_key, 'campaign' as kind;
        create table marts.dim_persons (person_key integer, time_zone varchar, time_zone_source varchar);
        create table marts.fct_email_sends (
            person_key integer, campaign_key varchar, delivered_at timestamp, first_human_open_at timestamp,
            opens_observable varchar
        );
    """)
    for hour, (opened, zone_source) in hours.items():
        connection.execute(
            "insert into marts.dim_persons select $hour * 1000 + number, 'UTC', $zone"
            " from range($n) as r (number)",
            {"hour": hour, "zone": zone_source, "n": n},
        )
        connection.execute(
            """
            insert into marts.fct_email_sends
            select $hour * 1000 + number, 'c', timestamp '2026-10-01' + to_hours($hour),
                case when number < $opened then timestamp '2026-10-02' end, 'yes'
            from range($n) as r (number)
            """,
            {"hour": hour, "opened": opened, "n": n},
        )


def test_the_best_hour_is_named_when_it_is_more_than_the_luckiest(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    mails(connection, {hour: (120 if hour == 10 else 60, "profile") for hour in range(8, 20)})
    [finding] = mailings.send_times(query)
    assert finding.statement == (
        "Of campaign e-mails delivered at 10:00 on the recipient's own clock, to people whose opens can be "
        "seen, 30% are opened within 7 days, at the other 11 hours 15% (as observed, no experiment)."
    )
    assert (finding.n, finding.interval) == (400, "24–37%")


def test_the_luckiest_of_twelve_hours_is_not_named(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    """Alone, 20 % of 400 against 15 % of 4,400 would be beyond chance."""
    mails(connection, {hour: (80 if hour == 10 else 60, "profile") for hour in range(8, 20)})
    assert list(mailings.send_times(query)) == []


def test_who_has_only_the_accounts_zone_is_in_no_ranking_of_hours(
    connection: duckdb.DuckDBPyConnection, query: Callable[[str], list[Row]]
) -> None:
    hours: dict[int, tuple[int, str]] = {8: (60, "profile"), 9: (60, "country"), 10: (300, "account")}
    mails(connection, hours)
    assert list(mailings.send_times(query)) == []

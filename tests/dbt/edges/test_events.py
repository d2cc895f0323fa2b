"""From raw rows to events, exactly where one rule ends and another begins."""

from datetime import datetime

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.edges.raw_rows import ANN, LETTER, order, web
from tests.dbt.rows import Hit, action, campaign, key


def test_a_log_that_is_a_little_out_of_order_is_no_second_pass(project: CompiledProject) -> None:
    times = ("03:10:00", "03:08:00", "03:50:00", "03:20:00")
    actions = [action(n, f"2026-10-25 {time}", ANN, "view", LETTER) for n, time in enumerate(times, 1)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": actions}, "int_events")
    assert project.rows("select occurred_at from intermediate.int_events order by occurred_at") == [
        (datetime(2026, 10, 25, 0, 8),),
        (datetime(2026, 10, 25, 0, 10),),
        (datetime(2026, 10, 25, 0, 50),),
        (datetime(2026, 10, 25, 1, 20),),
    ]


def test_of_several_pulls_the_latest_counts(project: CompiledProject) -> None:
    at = [datetime.fromisoformat(f"2026-11-{day}T04:00:00+00:00") for day in (14, 16, 15)]
    campaigns = [
        {**campaign(1, name), "_extracted_at": instant}
        for name, instant in zip(("Old", "New", "Older"), at, strict=True)
    ]
    clicks = [
        {
            "bitlink": "bit.ly/a",
            "clicked_bitlink": clicked,
            "date": "2026-10-02T00:00:00+0000",
            "clicks": count,
            "_extracted_at": instant,
        }
        for clicked, count, instant in (("bit.ly/a", 1, at[0]), ("bit.ly/a", 5, at[1]), ("x.ee/a", 2, at[0]))
    ]
    project.build(
        {"smaily__campaigns": campaigns, "bitly__link_clicks": clicks},
        "int_campaigns",
        "fct_link_clicks_daily",
    )
    assert project.rows("select campaign_name from intermediate.int_campaigns") == [("New",)]
    assert project.rows("select clicks, custom_back_half_clicks from marts.fct_link_clicks_daily") == [(7, 2)]


def test_rows_of_one_hit_are_one_event_and_the_fuller_one_stays(project: CompiledProject) -> None:
    at = "2026-10-01T08:00:00Z"
    hits = [
        Hit(at, "login", "/", "laptop"),
        Hit(at, "login", "/", "laptop", address=ANN),
        Hit(at, "login", "/account", "laptop"),
        Hit(at, "login", "/"),
        Hit(at, "login", "/", count=2),
    ]
    project.build(web(*hits), "int_events")
    assert project.rows(
        "select client_id, contact_key, url, event_count from intermediate.int_events order by all"
    ) == [
        ("laptop", key(ANN), "/", 1),
        ("laptop", None, "/account", 1),
        (None, None, "/", 1),
        (None, None, "/", 2),
    ]


def test_a_hit_without_an_order_has_no_revenue_and_words_for_nothing_are_null(
    project: CompiledProject,
) -> None:
    hits = [
        Hit("2026-10-01T08:00:00Z", "page_view", "(other)", "laptop"),
        Hit("2026-10-01T08:01:00Z", "purchase", "/thank-you", "laptop", order="T-1", revenue=0.0),
        Hit("2026-10-01T08:02:00Z", "purchase", "/thank-you", "laptop", revenue=7.0),
    ]
    raw = web(*hits)
    raw["google_analytics__event_attributes"][2]["currency"] = None
    project.build(raw, "int_events")
    assert project.rows(
        "select url, revenue, currency from intermediate.int_events order by occurred_at"
    ) == [(None, None, None), ("/thank-you", 0.0, "EUR"), ("/thank-you", 7.0, "EUR")]


def test_an_event_of_several_files_is_one_and_the_last_load_counts(project: CompiledProject) -> None:
    first, last = (datetime.fromisoformat(f"2026-11-{day}T04:00:00+00:00") for day in (14, 16))
    rows = [
        order(event_id="1", revenue=5.0, currency="eur", _partition="a.csv", _extracted_at=last),
        order(event_id="1", revenue=3.0, currency="EUR", _partition="b.csv", _extracted_at=first),
        order(event_id="2", revenue=3.0, currency="EUR", _partition="a.csv", _extracted_at=first),
        order(event_id="2", revenue=5.0, currency="eur ", _partition="b.csv", _extracted_at=first),
        # Without an id it is known by all it says.
        order(order_id="T-1", _partition="a.csv"),
        order(order_id="T-1", _partition="b.csv"),
    ]
    project.build({"event_files__orders": rows}, "int_events")
    assert project.rows("select order_id, revenue, currency from intermediate.int_events order by all") == [
        ("T-1", None, None),
        (None, 5.0, "EUR"),
        (None, 5.0, "EUR"),
    ]

"""What files without an address, a device or an event called page_view still tell."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2026-10-06T08:00:00+00:00")
MODELS = ("fct_email_sends", "fct_sessions", "int_person_exposures", "int_sends_without_person")


def row(feed: str, name: str, minutes: float = 0, mail: str | None = None, **columns: Any) -> tuple[str, Row]:
    properties = columns.pop("properties", None)
    return f"event_files__{feed}", {
        "event_name": name,
        "occurred_at": START + timedelta(minutes=minutes),
        "contact_key": key(mail) if mail else None,
        "properties": json.dumps(properties) if properties else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "a.csv",
        "_partition": "a.csv",
    } | columns


def build(project: CompiledProject, *rows: tuple[str, Row]) -> None:
    tables: dict[str, list[Row]] = {}
    for table, columns in rows:
        tables.setdefault(table, []).append(columns)
    project.build(tables, *MODELS)


def test_a_user_without_an_address_is_a_recipient(with_feeds: CompiledProject) -> None:
    """What identifies no one, or a browser only, is none."""
    news = {"campaign": "news"}
    agent = {"properties": {"user_agent": "Mozilla/5.0 (Linux; Android 14)", "ip_address": "198.51.100.7"}}
    build(
        with_feeds,
        row("news", "send", user_id="7", **news),
        row("news", "open", 5, user_id="7", **news, **agent),
        row("news", "click", 6, user_id="7", url="https://shop.ee/a", **news, **agent),
        row("news", "send", user_id="8", **news),
        row("news", "click", 6, user_id="8", url="https://shop.ee/b", **news, **agent),
        row("news", "send", mail="a@x.ee", **news),
        row("news", "send", client_id="c", **news),
        row("news", "send", user_id="undefined", **news),
    )
    sends = with_feeds.rows(
        "select sends, opens, human_opens, clicks, human_clicks, person_key is not null, mailbox_provider"
        " from marts.fct_email_sends order by all"
    )
    assert sends == [
        (1, 0, 0, 0, 0, True, "unknown"),
        (1, 0, 0, 1, 1, True, "unknown"),
        (1, 1, 1, 1, 1, True, "unknown"),
    ]
    assert with_feeds.rows("from intermediate.int_sends_without_person") == []


def test_links_that_two_users_click_at_once_are_no_burst(with_feeds: CompiledProject) -> None:
    clicks = [
        row("news", "click", 6, user_id=str(n), url=f"https://shop.ee/{n}", campaign="news")
        for n in range(1, 10)
    ]
    build(with_feeds, *clicks)
    assert with_feeds.rows("select sum(clicks), sum(human_clicks) from marts.fct_email_sends") == [(9, 9)]
    assert with_feeds.rows("select max(links_in_burst) from intermediate.int_machine_features") == [(1,)]


def test_a_website_is_visited_whatever_its_file_calls_it(with_feeds: CompiledProject) -> None:
    build(
        with_feeds,
        row("site", "login", user_id="1", url="https://shop.ee/a"),
        row("site", "add_to_cart", user_id="2"),
        row("site", "page_view", user_id="3"),
        row("site", "purchase", user_id="4", order_id="1", revenue=5.0, currency="EUR"),
        row("news", "click", user_id="5", url="https://shop.ee/a", campaign="news"),
        row("site", "search", user_id="6", properties={"device": "mobile"}),
    )
    visits = with_feeds.rows(
        "select identifier, is_site_visit from marts.fct_sessions"
        " inner join intermediate.int_person_identifiers using (person_key) where identifier_kind = 'user_id'"
        " order by 1"
    )
    assert visits == [("1", True), ("2", True), ("3", True), ("4", False), ("5", False), ("6", True)]


def test_the_fields_of_a_feed_reach_the_events(with_feeds: CompiledProject) -> None:
    fields = {"device": "mobile", "country": "EE", "session_id": "s1", "engagement_seconds": "12.5"}
    wrong = {"engagement_seconds": "1e9", "session_id": " "}
    build(
        with_feeds,
        row("site", "page_view", user_id="1", properties=fields),
        row("site", "page_view", 1, user_id="2", properties=wrong),
    )
    found = with_feeds.rows(
        "select device, country, ga_session_id, engagement_seconds from staging.stg_event_files__events"
        " order by occurred_at"
    )
    assert found == [("mobile", "EE", "s1", 12.5), (None, None, None, None)]

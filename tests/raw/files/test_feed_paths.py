"""Paths and lists of nested records, and fields that several columns make."""

from pathlib import Path

import duckdb
import pytest

from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import COLUMNS, FeedLoader

NESTED = (
    '{"id":"4aBc","attributes":{"datetime":"2026-11-15T10:00:00+00:00","event_properties":'
    '{"$value":49.9,"Items":["a","b"]}},"profile":{"data":{"id":12345.0}},"a.b":"own","a":{"b":"path"}}\n'
)


@pytest.mark.parametrize("format_", ["jsonl", "json", "parquet"])
def test_paths_lead_into_nested_records(format_: str, loader: FeedLoader, tmp_path: Path) -> None:
    """A member whose own name has a dot comes before the path of that name."""
    content: str | bytes = NESTED
    if format_ == "parquet":
        (tmp_path / "in.json").write_text(NESTED)
        duckdb.execute(f"copy (from '{tmp_path}/in.json') to '{tmp_path}/in.parquet'")
        content = (tmp_path / "in.parquet").read_bytes()
    loader.load(
        "columns: {event_id: id, occurred_at: attributes.datetime, user_id: profile.data.id, campaign: a.b,\n"
        "  revenue: attributes.event_properties.$value, source: 'attributes.event_properties.Items[1]'}\n"
        "constants: {event_name: purchase}",
        content,
        format_,
    )
    assert loader.events("event_id, occurred_at, user_id, revenue, source, campaign") == [
        ("4aBc", at(2026, 11, 15, 10), "12345", 49.9, "b", "own")
    ]


DOCUMENT = """{"campaign_id": "c1", "emails": [
    {"email_address": "a@case.ee", "activity": [
        {"action": "open", "timestamp": "2026-11-15T10:00:00+00:00"},
        {"action": "click", "timestamp": "2026-11-15T10:01:00+00:00", "url": "https://case.ee/"}]},
    {"email_address": "b@case.ee", "activity": []},
    {"email_address": "c@case.ee", "activity": [{"action": "open", "timestamp": "2026-11-15T11:00:00+00:00"}]}
]}"""


def test_each_element_of_nested_lists_is_an_event(loader: FeedLoader) -> None:
    """Mailchimp's activity of a campaign's recipients, as its API gives it."""
    loader.load(
        "explode: [emails, emails.activity]\n"
        "columns: {occurred_at: emails.activity.timestamp, event_name: emails.activity.action,\n"
        "  email: emails.email_address, campaign: campaign_id, url: emails.activity.url}",
        DOCUMENT,
        "json",
    )
    assert loader.events("event_name, campaign, url, contact_key is not null") == [
        ("click", "c1", "https://case.ee/", True),
        ("open", "c1", None, True),
        ("open", "c1", None, True),
    ]
    assert "@" not in repr(loader.events("properties"))


def test_a_list_of_plain_values_gives_a_row_each(loader: FeedLoader) -> None:
    loader.load(
        "explode: mail.destination\n"
        "columns: {occurred_at: mail.timestamp, event_name: eventType, email: mail.destination}",
        '{"eventType":"Send","mail":{"timestamp":"2026-11-15T10:00:00Z","destination":["a@x.ee","b@x.ee"]}}\n'
        '{"eventType":"Send","mail":{"timestamp":"2026-11-15T11:00:00Z","destination":"c@x.ee"}}\n'
        '{"eventType":"Send","mail":{"timestamp":"2026-11-15T12:00:00Z","destination":[]}}\n'
        "no json\n",
        "jsonl",
    )
    assert len({key for (key,) in loader.events("contact_key")}) == 3
    assert loader.reasons() == ["the line is not a JSON object"]


def test_a_file_without_the_list_is_quarantined(loader: FeedLoader) -> None:
    loader.load(
        "explode: refunds\ncolumns: {occurred_at: refunds.at, email: mail}\nconstants: {event_name: refund}",
        '{"id": 1, "mail": "a@x.ee"}\n',
        "jsonl",
    )
    [reason] = loader.reasons()
    assert "no record has the list refunds, which `explode` names" in reason


def test_a_json_array_is_a_record_for_each_element(loader: FeedLoader) -> None:
    loader.load(
        COLUMNS,
        '[\n {"t": "2026-11-15 10:00", "e": "buy",\n  "u": "1"},'
        '\n {"t": "2026-11-15 11:00", "e": "buy", "u": 2}, 3]',
        "json",
    )
    assert loader.events("user_id") == [("1",), ("2",)]
    assert loader.reasons() == ["the record is not a JSON object"]


def test_paths_of_machine_evidence_are_read_by_loading(loader: FeedLoader) -> None:
    loader.load(
        "columns: {occurred_at: t, event_name: e, user_id: u, user_agent: open.agent, is_machine: meta.bot}",
        '{"t":"2026-11-15 10:00","e":"open","u":"1","open":{"agent":"Mozilla/5.0"},"meta":{"bot":true}}\n',
        "jsonl",
    )
    assert loader.events("properties ->> 'user_agent', properties ->> 'is_machine'") == [
        ("Mozilla/5.0", "true")
    ]
    settings = loader.warehouse.execute(
        "select setting, value from raw._feed_settings where setting like '%column'"
    )
    assert sorted(settings.fetchall()) == [
        ("is_machine_column", "is_machine"),
        ("user_agent_column", "user_agent"),
    ]


def test_nested_members_can_be_excluded(loader: FeedLoader) -> None:
    line = '{"t":"2026-11-15 10:00","e":"buy","u":"1","meta":{"run":%d,"by":"x"}}\n'
    loader.load(f"exclude: [meta.run]\n{COLUMNS}", line % 1 + line % 2, "jsonl")
    assert loader.events("properties::varchar, _ordinal") == [
        ('{"meta":{"by":"x"}}', 1),
        ('{"meta":{"by":"x"}}', 2),
    ]


def test_a_field_can_be_the_first_of_several_columns_that_is_filled(loader: FeedLoader) -> None:
    """A column that one of the files does not have is left out."""
    loader.load(
        "columns: {occurred_at: {first_of: [opened, clicked, sent]}, event_name: e, user_id: u}",
        "sent,opened,e,u\n2026-11-15 10:00,,send,1\n2026-11-15 10:00,2026-11-15 11:00,open,2\n,,open,3\n",
    )
    assert loader.events("user_id, occurred_at") == [("1", at(2026, 11, 15, 10)), ("2", at(2026, 11, 15, 11))]
    assert loader.reasons() == ["occurred_at is empty"]


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_several_flags_of_machines_are_one(format_: str, loader: FeedLoader, tmp_path: Path) -> None:
    content: str | bytes = (
        "t,e,u,bot,proxy\n2026-11-15 10:00,open,1,false,True\n2026-11-15 10:00,open,2,no,\n"
        "2026-11-15 10:00,open,3,,\n"
    )
    if format_ != "csv":
        (tmp_path / "in.csv").write_text(str(content))
        kind = "json" if format_ == "jsonl" else "parquet"
        duckdb.execute(
            f"copy (from read_csv('{tmp_path}/in.csv', all_varchar = true)) to '{tmp_path}/in' "
            f"(format {kind})"
        )
        content = (tmp_path / "in").read_bytes()
    loader.load(
        "columns: {occurred_at: t, event_name: e, user_id: u, is_machine: [bot, proxy]}", content, format_
    )
    assert loader.events("user_id, properties ->> 'is_machine'") == [
        ("1", "true"),
        ("2", "false"),
        ("3", None),
    ]

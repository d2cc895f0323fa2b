"""Made-up persons of a feed and the segments they are in."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import PROJECT
from tests.dbt.rows import Row, key

START = datetime.fromisoformat("2025-06-02T08:00:00+00:00")
# Days until which the feed is known.
KNOWN = 400.0
CONDITIONS = PROJECT / "seeds" / "segments" / "segment_conditions.csv"
# Conditions that only the tests declare.
EXTRA = """
either,1,1,count,order,,,at_least,1,,10,,,
either,2,1,count,resource_download,,,at_least,1,,10,,,
two_orders,1,1,count,order,,,at_least,2,,,,,
spent_ten,1,1,net_revenue,order,,,at_least,10,,20,,,
spent_little,1,1,net_revenue,order,,,below,10,,20,,,
contacts,1,1,attribute,person_kind,,,is,contact,,,,,
no_devices,1,1,attribute,person_kind,,,is_not,device,,,,,
garden,1,1,count,topic_click,garden,,at_least,1,,60,,,
one_download,1,1,count,resource_download,,,at_most,1,,10,,,
more_downloads,1,1,count,resource_download,,,at_least,2,,10,order,,
unknown_word,1,1,count,no_such_act,,,at_least,1,,10,,,
partly_unknown,1,1,count,topic_series_subscription,,,at_least,1,,10,,,
partly_unknown,2,1,count,order,,,at_least,1,,10,,,
never_asked,1,1,without,order,,,,,,10,,topic_series_subscription,1
no_chat,1,1,without,resource_download,,,,,,7,,live_chat_start,0
two_stages,1,1,stage,awareness|consideration,,,,,,,,,
no_more_downloads,1,1,count,resource_download,,,at_most,1,,10,order,,
not_bounced,1,1,without,order,,,,,,10,,email_bounce,1
by_mail,1,1,count,product_page_visit,,Email,at_least,1,,5,,,
"""


def act(days: float, name: str, mailing: str | None = None, **values: Any) -> Row:
    """A row of the feed, so many days after the start."""
    properties = values.pop("properties", None)
    return {
        "event_name": name,
        "occurred_at": START + timedelta(days=days),
        "campaign": mailing,
        "properties": json.dumps(properties) if properties else None,
        "_is_repeated": False,
        "_ordinal": 1,
        "_landed_file": "site.csv",
        "_partition": "site.csv",
        **values,
    }


def order(days: float, revenue: float | None = 10.0, **values: Any) -> Row:
    return act(days, "purchase", revenue=revenue, currency="EUR", **values)


def of(name: str, rows: Iterable[Row]) -> list[Row]:
    """The same, done by a person of this address."""
    return [{"contact_key": key(f"{name}@shop.example")} | row for row in rows]


@pytest.fixture(scope="module")
def project(with_feeds: CompiledProject) -> Iterator[CompiledProject]:
    """With the conditions of `EXTRA`, which are gone after the module."""
    with CONDITIONS.open(encoding="utf-8", newline="") as file:
        usual = [[value or None for value in row] for row in list(csv.reader(file))[1:]]
    extra = [[value or None for value in line.split(",")] for line in EXTRA.split()]
    with_feeds.replace_seed("segment_conditions", [*usual, *extra])
    yield with_feeds
    with_feeds.replace_seed("segment_conditions", usual)

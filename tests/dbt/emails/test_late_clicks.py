"""Opens and clicks that are reported later than e-mails: no rate has who was sent one before, nor will."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, file_row

SENT, REPORTED = datetime(2026, 9, 7, 8, tzinfo=UTC), datetime(2026, 10, 5, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EARLY, LATE, RESPONDING = 3, 5, 2
AUTUMN = "event_files-autumn"
RESPONSES: dict[str, Row] = {
    "open": {"properties": '{"opens_observable": "yes"}'},
    "click": {"url": "https://shop.example.com/a"},
}


def build(project: CompiledProject, days: float, *models: str) -> None:
    """One mailing over two days, read so many days after opens and clicks begin."""
    end = REPORTED + days * DAY
    recipients = {f"early{n}": REPORTED - DAY for n in range(EARLY)}
    recipients |= {f"late{n}": REPORTED for n in range(LATE)}
    mails = [
        file_row(name, at, person, campaign="autumn", properties='{"opens_observable": "yes"}')
        for person, at in recipients.items()
        for name in ("send", "delivered")
    ]
    responding = [f"{when}{n}" for when in ("early", "late") for n in range(RESPONDING)]
    responses = [
        file_row(name, REPORTED + HOUR, person, campaign="autumn", **values)
        for person in responding
        for name, values in RESPONSES.items()
    ]
    first, last = (file_row("send", at, "other", campaign="other") for at in (SENT, end))
    project.build(
        {
            "event_files__news": [first, *mails, last],
            "event_files__checkout": [*responses, file_row("log_in", end, "other")],
        },
        *models,
    )


@pytest.mark.parametrize(
    ("days", "mature", "immature", "responded"), [(2, 0, LATE, 0), (30, LATE, 0, RESPONDING)]
)
def test_who_was_sent_an_email_before_is_neither_mature_nor_immature(
    with_feeds: CompiledProject, days: float, mature: int, immature: int, responded: int
) -> None:
    build(with_feeds, days, "int_email_responses", "int_open_rate_counts", "int_campaign_evidence")

    def row(columns: str, model: str, where: str) -> tuple[Any, ...]:
        [found] = with_feeds.rows(f"select {columns} from intermediate.{model} where {where}")
        return found

    counts = (mature, immature, responded)
    assert row("delivered, immature, clickers", "int_email_responses", f"email_id = '{AUTUMN}'") == counts
    assert row("delivered, immature, seen", "int_open_rate_counts", f"slice_value = '{AUTUMN}'") == counts
    assert row(
        "persons, reached",
        "int_campaign_evidence",
        f"campaign_key = '{AUTUMN}' and metric = 'click_per_opener'",
    ) == (responded, responded)

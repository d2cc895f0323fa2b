"""Rows of the marts on e-mails from their counts: verdicts, levels, what is insufficient."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

MODELS = Path(__file__).parents[3] / "dbt" / "models" / "emails"
Row = dict[str, Any]
TRAITS = {
    "stratum": "campaign email_click", "goal": "email_click", "subject_length": 30, "has_preview_text": None,
    "cta_count": None, "cta_landing_pages": None, "has_specific_call": None, "is_urgent": False,
    "is_personalised": False, "lands_on_act": None, "reading_seconds": None,
    "observable": 0, "openers": 0, "immature": 0, "sent_month": None,
}  # fmt: skip
TYPES = {
    "email_id": "varchar", "stratum": "varchar", "goal": "varchar", "subject_length": "integer",
    "has_preview_text": "boolean", "cta_count": "integer", "cta_landing_pages": "integer",
    "has_specific_call": "boolean", "is_urgent": "boolean", "is_personalised": "boolean",
    "lands_on_act": "boolean", "reading_seconds": "double", "delivered": "bigint", "clickers": "bigint",
    "observable": "bigint", "openers": "bigint",
    "delivered_for_goal": "bigint", "goal_completers": "bigint", "immature": "bigint",
    "sent_month": "varchar",
}  # fmt: skip
CELLS = {
    "slice_type": "varchar", "sequence": "varchar", "outcome": "varchar", "evidence": "varchar",
    "stratum": "varchar", "place": "integer", "eligible": "bigint", "completed": "bigint",
}  # fmt: skip


class Dbt:
    """What dbt hands a Python model: its configuration, and other models as relations of DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, **settings: str) -> None:
        self.ref = connection.table
        self.config = self
        self.get = settings.get

    def __call__(self, **_: str) -> None:
        """As `dbt.config(materialized=…)`."""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def estimates(
    connection: duckdb.DuckDBPyConnection, model: str, source: str, types: dict[str, str], rows: Sequence[Row]
) -> list[Row]:
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"create table {source} ({columns})")
    for row in rows:
        connection.execute(
            f"insert into {source} values ({', '.join('?' * len(types))})", [row.get(name) for name in types]
        )
    spec = importlib.util.spec_from_file_location(model, MODELS / f"{model}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: pa.Table = module.model(Dbt(connection, gap_bands="1,2,3,5,7,14,30"), None)
    return found.to_pylist()


def email(number: int, clickers: int, delivered: int = 1000, **traits: Any) -> Row:
    counts = {
        "delivered": delivered,
        "clickers": clickers,
        "delivered_for_goal": delivered,
        "goal_completers": clickers,
    }
    return TRAITS | {"email_id": f"e{number:02}"} | counts | traits


def craft(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> dict[tuple[str, str, str], Row]:
    found = estimates(connection, "int_email_craft_estimates", "int_email_trait_responses", TYPES, rows)
    return {(row["feature"], row["level"], row["outcome"]): row for row in found}


def test_without_emails_every_feature_is_insufficient(connection: duckdb.DuckDBPyConnection) -> None:
    found = craft(connection, [])
    assert {row["verdict"] for row in found.values()} == {"insufficient"}
    assert all(row["emails"] == row["eligible"] == 0 and row["ratio"] is None for row in found.values())
    assert len(found) == 40


def test_one_email_says_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    found = craft(connection, [email(1, 30)])
    assert {row["verdict"] for row in found.values()} == {"insufficient"}
    assert found["short_subject", "yes", "human_click"]["rate"] == pytest.approx(0.03)


def test_few_recipients_who_all_or_none_respond(connection: duckdb.DuckDBPyConnection) -> None:
    """As small feeds have it: nothing fails, and every rate lies in its interval."""
    rows = [email(number, (number % 3 > 0) * (number % 5 + 1), number % 5 + 1) for number in range(12)]
    for row in craft(connection, rows).values():
        if (rate := row["email_weighted_rate"]) is not None:
            assert row["email_weighted_rate_lower"] <= rate <= row["email_weighted_rate_upper"]


def test_unknown_contents_are_insufficient_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        email(number, 30 + number, has_specific_call=None if number % 2 else True) for number in range(12)
    ]
    row = craft(connection, rows)["specific_wording", "yes", "human_click"]
    assert (row["emails"], row["other_emails"], row["unknown_emails"]) == (6, 0, 6)
    assert row["verdict"] == "insufficient"


def test_only_subjects_are_compared_within_their_month(connection: duckdb.DuckDBPyConnection) -> None:
    """In December twice as many click, and most short, urgent subjects are of December."""
    months = ["2026-11-01"] * 8 + ["2026-12-01"] * 8
    short = [True] + [False] * 7 + [True] * 7 + [False]
    found = craft(
        connection,
        [
            email(number, (30 if "11" in month else 60) + number % 3, sent_month=month, is_urgent=is_short,
                  subject_length=20 if is_short else 60)
            for number, (month, is_short) in enumerate(zip(months, short, strict=True))
        ],
    )  # fmt: skip
    assert found["urgency", "yes", "human_click"]["verdict"] == "better"
    for key in (("short_subject", "yes"), ("subject_length_band", "1 to 20")):
        row = found[*key, "human_click"]
        assert row["verdict"] == "no clear difference"
        assert row["ratio"] == pytest.approx(1, abs=0.05)
        assert "adjusted for the month" in row["method"]
    assert "month" not in found["urgency", "yes", "human_click"]["method"]


def test_short_subjects_that_do_better(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [email(number, 60 + number % 3, subject_length=41) for number in range(8)]
    rows += [email(8 + number, 30 + number % 3, subject_length=42) for number in range(8)]
    found = craft(connection, rows)
    row = found["short_subject", "yes", "human_click"]
    assert row["verdict"] == "better"
    assert row["ratio"] == pytest.approx(2, abs=0.1)
    assert (row["emails"], row["other_emails"], row["completed"]) == (8, 8, 8 * 60 + 7)
    bands = {
        level: band
        for (name, level, outcome), band in found.items()
        if name == "subject_length_band" and outcome == "human_click"
    }
    assert {level for level, band in bands.items() if band["emails"]} == {"31 to 41", "42 to 50"}
    assert bands["42 to 50"]["verdict"] == "worse"
    assert (bands["61 or more"]["level_from"], bands["61 or more"]["level_to"]) == (61, None)
    band = bands["31 to 41"]
    assert band["email_weighted_rate_lower"] < band["email_weighted_rate"] < band["email_weighted_rate_upper"]


def test_one_large_mailing_is_the_plain_rate_but_one_email(connection: duckdb.DuckDBPyConnection) -> None:
    """Of 100,000 recipients of one e-mail 10 % click, of 1,000 of each of the others about 3 %."""
    rows = [email(0, 10_000, 100_000)] + [email(number, 30 + number) for number in range(1, 8)]
    row = craft(connection, rows)["short_subject", "yes", "human_click"]
    assert row["rate"] == pytest.approx(10_238 / 107_000)
    assert row["email_weighted_rate"] < row["email_weighted_rate_upper"] < row["rate"]


def test_features_are_compared_within_kinds_of_campaigns(connection: duckdb.DuckDBPyConnection) -> None:
    """Offers are clicked more and mostly short; within either kind length changes nothing."""
    rows = []
    for number in range(24):
        is_offer = number % 2 == 0
        is_short = (number % 8 < 6) if is_offer else (number % 8 > 5)
        rows.append(
            email(
                number,
                (120 if is_offer else 20) + number % 3,
                subject_length=20 if is_short else 60,
                stratum="campaign offer" if is_offer else "campaign news",
            )
        )
    row = craft(connection, rows)["short_subject", "yes", "human_click"]
    assert row["email_weighted_rate"] > 1.5 * row["other_email_weighted_rate"]
    assert row["ratio"] == pytest.approx(1, abs=0.05)
    assert row["verdict"] == "no clear difference"


def test_opens_follow_only_from_what_is_seen_before(connection: duckdb.DuckDBPyConnection) -> None:
    found = craft(connection, [email(1, 30, observable=900, openers=300)])
    assert found["short_subject", "yes", "human_open"]["eligible"] == 900
    assert not any(outcome == "human_open" and name == "calls_to_action" for name, _, outcome in found)


def test_emails_without_a_goal_have_no_rate_of_it(connection: duckdb.DuckDBPyConnection) -> None:
    found = craft(connection, [email(1, 30, goal=None, delivered_for_goal=None)])
    assert found["short_subject", "yes", "goal"]["emails"] == 0
    assert found["short_subject", "yes", "goal"]["rate"] is None


def cell(
    slice_type: str, place: int, eligible: int, completed: int, stratum: str = "one", **values: str
) -> Row:
    family = {"sequence": None, "outcome": "human_click", "evidence": "observational"}
    return family | values | {
        "slice_type": slice_type, "place": place, "eligible": eligible, "completed": completed,
        "stratum": stratum,
    }  # fmt: skip


def times(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> dict[tuple[str, str, str], Row]:
    found = estimates(connection, "int_send_time_estimates", "int_send_time_cells", CELLS, rows)
    return {(row["slice_type"], row["slice"], row["evidence"]): row for row in found}


def test_hours_of_days_are_those_of_all_weekdays(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        cell("send_hour", day * 24 + hour, 500, 40 if hour == 10 else 20, evidence=evidence)
        for day in (1, 3)
        for hour in (6, 10, 20)
        for evidence in ("observational", "randomised")
    ]
    found = times(connection, rows)
    assert found["send_hour_of_week", "Tue 10:00", "observational"]["eligible"] == 500
    best = found["send_hour_of_day", "10:00", "randomised"]
    assert (best["eligible"], best["completed"], best["place_rank"], best["verdict"]) == (1000, 80, 1, "more")
    assert best["ratio"] == pytest.approx(2)
    assert "observational" not in best["method"]
    assert "observational" in found["send_hour_of_day", "10:00", "observational"]["method"]
    others = [found["send_hour_of_day", hour, "randomised"] for hour in ("06:00", "20:00")]
    assert [row["place_rank"] for row in others] == [2, 2]


def test_hours_without_difference_share_the_first_rank(connection: duckdb.DuckDBPyConnection) -> None:
    found = times(connection, [cell("send_hour", hour, 500, 20) for hour in (6, 10, 20)])
    assert {(row["place_rank"], row["verdict"]) for row in found.values()} == {(1, "no clear difference")}


def test_an_hour_that_is_alone_is_in_no_ranking(connection: duckdb.DuckDBPyConnection) -> None:
    [row, _] = times(connection, [cell("send_hour", 34, 500, 90)]).values()
    assert (row["place_rank"], row["verdict"], row["ratio"], row["rate"]) == (
        None,
        "insufficient",
        None,
        0.18,
    )


def test_hours_of_clicks_are_shares(connection: duckdb.DuckDBPyConnection) -> None:
    found = times(connection, [cell("click_hour", place, 5, 5, "") for place in (6, 30, 14)])
    morning = found["click_hour_of_day", "06:00", "observational"]
    assert (morning["eligible"], morning["completed"], morning["place_rank"]) == (15, 10, 1)
    assert morning["verdict"] == "not compared"


def test_gaps_are_named_by_their_days(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        cell("days_since_previous_email", band, 400, hits, sequence="welcome")
        for band, hits in ((0, 20), (4, 40), (7, 20))
    ]
    found = times(connection, rows)
    assert [slice_name for _, slice_name, _ in found] == ["0 to 1 days", "5 to 7 days", "30 days or more"]
    assert found["days_since_previous_email", "5 to 7 days", "observational"]["verdict"] == "more"


def test_no_cells_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert times(connection, []) == {}

"""What the marts on e-mails count, by hand: responses, hours, gaps, landings, costs and returns."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key, link, raw_key

START = datetime(2026, 10, 6, 8, tzinfo=UTC)  # a Tuesday, 11:00 in Tallinn
NEWS, OFFER = campaign(1, "News", ["newsletter"]), campaign(2, "Offer", ["promotion"])
ABROAD, OTHER = campaign(5, "Abroad", ["newsletter"]), campaign(6, "Other", ["promotion"])
WELCOME = {"id": "3", "name": "Welcome 1", "tags": ["welcome"], "status": "ACTIVE"}
WELCOME_TWO = {"id": "4", "name": "Welcome 2", "tags": ["welcome"], "status": "ACTIVE"}
AGENT = '{"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "ip": "198.51.100.7"}'


class Log:
    """An action log in its order, and the lists that name its campaigns."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, days: float, who: str, name: str, mailing: Row | None = None, value: str = "") -> "Log":
        at = (START + timedelta(days=days, hours=3)).strftime("%Y-%m-%d %H:%M:%S")
        self.rows.append(action(len(self.rows) + 1, at, f"{who}@mail.ee", name, mailing, value))
        return self

    def sent(self, days: float, mailing: Row, *who: str) -> "Log":
        for each in who:
            self.add(days, each, "send", mailing)
        return self


def contact(who: str, zone: str | None = "Europe/Tallinn") -> Row:
    return {"list_id": "1", "contact_key": raw_key(f"{who}@mail.ee"), "timezone": zone}


def build(
    project: CompiledProject, log: Log, *models: str, zones: dict[str, str | None] | None = None, **raw: Any
) -> None:
    """The log, ended by a click a month later, so that all windows are over."""
    last = Log()
    last.rows = [*log.rows]
    last.sent(40, NEWS, "last").add(41, "last", "click", NEWS, link("/last"))
    tables = {
        "smaily__actions": last.rows,
        "smaily__campaigns": [NEWS, OFFER, ABROAD, OTHER],
        "smaily__automations": [WELCOME, WELCOME_TWO],
        "smaily__contacts": [contact(who, zone) for who, zone in (zones or {}).items()],
    }
    project.build(tables | raw, *models)


def responses(project: CompiledProject, email: str) -> tuple[Any, ...]:
    [row] = project.rows(
        "select delivered, clickers, delivered_for_goal, goal_completers, immature"
        f" from intermediate.int_email_responses where email_id = '{email}'"
    )
    return row


@pytest.fixture(scope="module")
def mailed(compiled: CompiledProject) -> CompiledProject:
    """Four mailings and a flow, whose recipients are other persons."""
    log = Log().sent(0, NEWS, "ann", "ben", "cid", "dot")
    log.add(1, "ann", "click", NEWS, link("/a")).add(2, "ann", "click", NEWS, link("/b"))
    log.add(7.1, "ben", "click", NEWS, link("/a")).add(0.1, "cid", "bounce", NEWS, "550")
    log.sent(0, OFFER, "eve", "fay").sent(0, OTHER, "eve", "fay")
    log.add(1, "eve", "click", OFFER, link("/product/x", "text", "offer"))
    log.add(1, "fay", "click", OTHER, link("/product/x", "text"))
    log.sent(0, ABROAD, "gus", "hal", "ida", "joe").add(0.1, "hal", "click", ABROAD, link("/a"))
    log.sent(0, WELCOME, "kit", "leo", "mia").sent(2, WELCOME_TWO, "kit").sent(3.5, WELCOME_TWO, "leo")
    log.add(3, "kit", "click", WELCOME_TWO, link("/a")).add(4, "leo", "optout", WELCOME_TWO)
    log.sent(1, OTHER, "kit", "leo")
    zones = {"gus": "Europe/Tallinn", "hal": "Asia/Kolkata", "ida": "America/New_York", "joe": None}
    build(compiled, log, "int_email_trait_responses", "int_send_time_cells", zones=zones)
    return compiled


def test_responses_count_persons_within_a_week(mailed: CompiledProject) -> None:
    assert responses(mailed, "smaily-1") == (3, 1, 3, 1, 1)


def test_a_mailing_has_a_month_and_a_flow_has_none(mailed: CompiledProject) -> None:
    found = dict(mailed.rows("select email_id, sent_month from intermediate.int_email_trait_responses"))
    assert (found["smaily-1"], found["smaily-3"]) == ("2026-10-01", None)


def test_a_goal_in_the_email_counts_there_only(mailed: CompiledProject) -> None:
    assert responses(mailed, "smaily-2") == (2, 1, 2, 1, 0)


def cells(project: CompiledProject, slice_type: str, columns: str) -> list[tuple[Any, ...]]:
    return project.rows(
        f"select {columns} from intermediate.int_send_time_cells"
        f" where slice_type = '{slice_type}' order by all"
    )


def test_hours_are_on_the_recipients_clock(mailed: CompiledProject) -> None:
    """Tuesday, 11:00 in Tallinn; flows and persons whose zone nothing tells have no hour."""
    found = cells(mailed, "send_hour", "outcome, stratum, place, eligible, completed")
    assert [row[1:] for row in found if row[0] == "human_click"] == [
        ("smaily-5 America/New_York", 24 + 4, 1, 0),
        ("smaily-5 Asia/Kolkata", 24 + 13, 1, 1),
        ("smaily-5 Europe/Tallinn", 24 + 11, 1, 0),
    ]
    # Two hours and 24 minutes later, in Kolkata.
    assert cells(mailed, "click_hour", "stratum, place, completed") == [("smaily-5", 24 + 15, 1)]


def test_the_gap_to_the_email_of_the_flow_before(mailed: CompiledProject) -> None:
    found = cells(
        mailed, "days_since_previous_email", "sequence, outcome, stratum, place, eligible, completed"
    )
    assert found == [
        ("welcome_nurture", outcome, "smaily-4", place, 1, hit)
        for outcome, hits in (("goal", (1, 0)), ("human_click", (1, 0)), ("unsubscribe", (0, 1)))
        for place, hit in zip((2, 3), hits, strict=True)
    ]


def traits(project: CompiledProject, columns: str) -> dict[str, tuple[Any, ...]]:
    return {
        row[0]: row[1:]
        for row in project.rows(f"select email_id, {columns} from intermediate.int_email_traits")
    }


def test_wording_of_emails(compiled: CompiledProject) -> None:
    subjects = {
        1: ("Last chance: news", "Learn more!"),
        2: ("Lastly, chances", "See the lamps"),
        3: ("Hei {{ first_name }}", None),
        4: ("👨‍👩‍👧 õhtul", "Loe edasi →"),
    }
    rows = [{"id": str(number), "name": f"C{number}", "tags": [], "status": "ACTIVE"} for number in subjects]
    statistics = [
        {"id": str(number), "name": f"C{number}", "subject": text} for number, (text, _) in subjects.items()
    ]
    log = Log()
    for row in rows:
        log.sent(0, row, "ann")
    contents = [
        {"campaign_id": str(number), "cta_wording": wording, "cta_count": number}
        for number, (_, wording) in subjects.items()
        if wording
    ]
    build(
        compiled,
        log,
        "int_email_traits",
        smaily__campaigns=rows,
        smaily__automations=[],
        smaily__campaign_statistics=statistics,
        **{"raw._email_contents": contents},
    )
    found = traits(
        compiled, "subject_length, has_specific_call, is_urgent, is_personalised, has_preview_text, cta_count"
    )
    assert found["smaily-1"] == (17, False, True, False, False, 1)
    assert found["smaily-2"] == (15, True, False, False, False, 2)
    assert found["smaily-3"] == (20, None, False, True, None, None)
    assert found["smaily-4"][0] == 7  # a family is one character
    assert found["smaily-4"][1:4] == (True, False, False)  # with an arrow it is no generic phrase


def test_the_file_of_contents_counts_before_the_seed(compiled: CompiledProject) -> None:
    columns = (None, None, None, None)
    compiled.replace_seed(
        "email_contents", [("1", None, "seed", *columns), ("smaily-2", None, "key", *columns)]
    )
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "dim_emails",
        **{"raw._email_contents": [{"campaign_id": "1", "preview_text": "file"}]},
    )
    compiled.replace_seed("email_contents", [])
    found = compiled.rows(
        "select email_id, preview_text from marts.dim_emails where preview_text is not null order by 1"
    )
    assert found == [("smaily-1", "file"), ("smaily-2", "key")]


def test_only_an_experiment_on_hours_is_randomised(with_feeds: CompiledProject) -> None:
    def row(minutes: float, name: str, who: str, arm: str | None, experiment: str, mailing: str) -> Row:
        return {
            "event_name": name, "occurred_at": START + timedelta(minutes=minutes),
            "contact_key": key(f"{who}@mail.ee"), "campaign": mailing,
            "experiment": experiment if arm else None, "variant": arm,
            "properties": json.dumps({"opens_observable": "yes"}),
            "_is_repeated": False, "_ordinal": 1, "_landed_file": "news.csv", "_partition": "news.csv",
        }  # fmt: skip

    rows = []
    for number in range(8):
        arm = "A" if number % 2 else "B"
        rows.append(row(0, "experiment_assigned", f"p{number}", arm, "hour", "one"))
        rows.append(row(60 if arm == "A" else 360, "send", f"p{number}", None, "hour", "one"))
        rows.append(row(0, "experiment_assigned", f"p{number}", arm, "wording", "two"))
        rows.append(row(60, "send", f"p{number}", None, "wording", "two"))
    rows.append(row(60 * 24 * 30, "click", "last", None, "", "last"))
    people = [contact(f"p{number}") for number in range(8)]
    with_feeds.build({"event_files__news": rows, "smaily__contacts": people}, "int_send_time_cells")
    found = cells(with_feeds, "send_hour", "evidence, stratum, place, eligible, outcome")
    assert [found_row[:4] for found_row in found if found_row[4] == "human_click"] == [
        ("observational", "event_files-two Europe/Tallinn", 24 + 12, 8),
        ("randomised", "hour Europe/Tallinn", 24 + 12, 4),
        ("randomised", "hour Europe/Tallinn", 24 + 17, 4),
    ]


def clicked(log: Log, count: int, mailing: Row, url: str, prefix: str = "p") -> list[str]:
    who = [f"{prefix}{number}" for number in range(count)]
    log.sent(0, mailing, *who)
    for each in who:
        log.add(1, each, "click", mailing, url)
    return who


def web(*hits: Hit) -> dict[str, list[Row]]:
    return {
        "google_analytics__events": [hit.event for hit in hits],
        "google_analytics__event_attributes": [hit.attributes for hit in hits],
    }


def visit(
    days: float, who: str | None, page: str = "/a", campaign_tag: str = "news", medium: str = "email"
) -> Hit:
    at = (START + timedelta(days=days)).isoformat()
    address = {"address": f"{who}@mail.ee"} if who else {}
    return Hit(
        at, "page_view", f"{page}?utm_medium={medium}", who or "somebody", source="smaily", medium=medium,
        campaign=campaign_tag, **address,
    )  # fmt: skip


def findings(project: CompiledProject) -> list[tuple[Any, ...]]:
    return project.rows("select finding, subject, occurrences, visits from marts.rpt_utm_audit order by all")


# Page views are known before and long after the clicks.
KNOWN = (visit(-1, None, "/", "news"), visit(60, None, "/", "news"))


@pytest.mark.parametrize(
    ("clicks", "expected"), [(19, []), (20, [("visits_without_recipients", "smaily-1", 20, 2)])]
)
def test_clicks_that_reach_no_page(
    compiled: CompiledProject, clicks: int, expected: list[tuple[Any, ...]]
) -> None:
    log = Log()
    clicked(log, clicks, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN))
    assert findings(compiled) == expected
    others = (visit(-1, None, "/", "(organic)", "organic"), visit(60, None, "/", "(organic)", "organic"))
    build(compiled, log, "rpt_utm_audit", **web(*others))
    assert findings(compiled) == [("clicks_without_visits", *row[1:3], 0) for row in expected]


@pytest.mark.parametrize(("minutes", "is_found"), [(29, False), (31, True)])
def test_a_page_within_half_an_hour_is_a_landing(
    compiled: CompiledProject, minutes: float, is_found: bool
) -> None:
    log = Log()
    clicked(log, 20, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, visit(1 + minutes / 1440, "p3")))
    assert bool(findings(compiled)) is is_found


def test_without_web_analytics_nothing_is_missed(compiled: CompiledProject) -> None:
    log = Log()
    clicked(log, 30, NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit")
    assert findings(compiled) == []


def test_visits_of_campaigns_that_nothing_lists(compiled: CompiledProject) -> None:
    hits = [visit(day, "ann", "/a", "spring-sale") for day in (1, 2)]
    hits.append(visit(3, "ann", "/a", "(direct)", "(none)"))
    log = Log().sent(0, NEWS, "ann").add(0.5, "ann", "click", NEWS, link("/a", slug="news"))
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, *hits))
    assert findings(compiled) == [("unknown_campaign", "smaily / email / spring-sale", 2, 2)]


def test_links_without_tags(compiled: CompiledProject) -> None:
    log = Log().sent(0, NEWS, "ann", "ben")
    log.add(1, "ann", "click", NEWS, link("/a", slug="news"))
    log.add(2, "ann", "click", NEWS, "https://shop.example.com/b?utm_source=smaily")
    log.add(3, "ben", "click", NEWS, "https://elsewhere.example.org/c")
    build(compiled, log, "rpt_utm_audit", **web(*KNOWN, visit(1.001, "ann")))
    [row] = compiled.rows("select finding, url, occurrences, what_to_do from marts.rpt_utm_audit")
    assert row[:3] == ("link_without_tags", "https://shop.example.com/b?utm_source=smaily", 1)
    assert "add utm_medium utm_campaign to it" in row[3]


def cost(name: str, amount: str, currency: str = "EUR", day: date = date(2026, 10, 7)) -> Row:
    return {"campaign": name, "day": day, "cost": Decimal(amount), "currency": currency}


def costs(project: CompiledProject) -> dict[str, tuple[Any, ...]]:
    rows = project.rows(
        "select campaign_key, cost, cost_rows, unconverted_costs from intermediate.int_campaign_costs"
    )
    return {row[0]: row[1:] for row in rows}


def test_costs_are_summed_and_converted(compiled: CompiledProject) -> None:
    given = [
        cost("smaily-1", "10"), cost("News", "2.5", "USD"), cost("NEWS", "1"),
        cost("Offer", "4"), cost("offer", "1", "XXX"),
        cost("Nothing", "3"), cost("Nobody", "4"),
        cost("News", "100", day=date(2027, 3, 1)),
    ]  # fmt: skip
    rates = [{"rate_date": date(2026, 10, 1), "base_currency": "EUR", "currency": "USD", "rate": 1.25}]
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "int_campaign_costs",
        **{"raw._campaign_costs": given, "raw._exchange_rates": rates},
    )
    assert costs(compiled) == {
        "smaily-1": (Decimal("13.0000"), 3, 0),
        "smaily-2": (None, 2, 1),
        "(unknown campaign)": (Decimal("7.0000"), 2, 0),
    }


def test_what_a_vendor_says_was_spent_is_added(compiled: CompiledProject) -> None:
    def spent(id_: str, name: str, amount: int, **values: Any) -> Row:
        return {"campaign_id": id_, "campaign_name": name, "spend_total": str(amount), **values}

    spend = [
        spent("a", "Print", 7, campaign_slug="News", currency_code="EUR"),
        spent("b", "OFFER", 4, currency_code="EUR"),
        spent("c", "Fair", 3, currency_code="EUR"),
        spent("d", "Offer", 5, currency_code="SEK"),
    ]
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "int_campaign_costs",
        **{"raw._campaign_costs": [cost("smaily-1", "10")], "hubspot__campaign_spend": spend},
    )
    assert costs(compiled) == {
        "smaily-1": (Decimal("17.0000"), 2, 0),
        "smaily-2": (None, 2, 1),
        "(unknown campaign)": (Decimal("3.0000"), 1, 0),
    }


ATTRIBUTION = (
    "dimension varchar, model varchar, touch varchar, conversions double, revenue double,"
    " revenue_lower double, revenue_upper double"
)
EXPERIMENTS = (
    "experiment varchar, variant varchar, metric varchar, is_control boolean, persons bigint,"
    " mature_persons bigint, difference double, difference_lower double, difference_upper double,"
    " sample_ratio_p_value double, balance_p_value double"
)


def returns(
    project: CompiledProject, attribution: Sequence[Any], experiments: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """The mart over rows of those it reads: (model, touch, revenue, bounds), and arms of experiments."""
    with duckdb.connect(str(project.path)) as connection:
        # Rolled back when the connection closes: other tests read the tables that are replaced here.
        connection.begin()
        connection.execute(f"create or replace table marts.rpt_attribution ({ATTRIBUTION})")
        connection.execute(f"create or replace table marts.rpt_experiments ({EXPERIMENTS})")
        for row in attribution:
            connection.execute("insert into marts.rpt_attribution values ('campaign', ?, ?, 2, ?, ?, ?)", row)
        for row in experiments:
            connection.execute(f"insert into marts.rpt_experiments values ({', '.join('?' * 11)})", row)
        for schema, model in (("intermediate", "int_holdout_returns"), ("marts", "rpt_return_on_investment")):
            connection.execute(f"create or replace table {schema}.{model} as {project.sql[model]}")
        return connection.execute(
            "select campaign_key, model, cost, cost_per_conversion, revenue, return_per_unit,"
            " return_per_unit_lower, return_per_unit_upper, verdict"
            " from marts.rpt_return_on_investment order by all"
        ).fetchall()


INPUTS = (
    "int_campaign_costs", "int_experiment_assignments", "fct_email_sends", "dim_campaigns",
    "int_outcome_watermarks",
)  # fmt: skip


def test_returns_follow_from_cost_and_credit(compiled: CompiledProject) -> None:
    given = {
        "raw._campaign_costs": [
            cost("News", "20"),
            cost("Offer", "4"),
            cost("Nothing", "5"),
            cost("Welcome 1", "0"),
        ]
    }
    build(
        compiled, Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann").sent(0, WELCOME, "ann"), *INPUTS, **given
    )
    found = returns(
        compiled,
        [
            ("last", "smaily-1", 50, 30, 70),
            ("last", "smaily-2", 9, 5, 13),
            ("last", "smaily-6", 9, 1, 17),
            ("last", "(no touch)", 3, None, None),
        ],
    )
    assert found == [
        ("(unknown campaign)", "none", Decimal(5), None, None, None, None, None, "unknown campaign"),
        ("smaily-1", "last", Decimal(20), 10, 50, 2.5, 1.5, 3.5, "unclear"),  # sent a day ago
        ("smaily-2", "last", Decimal(4), 2, 9, 2.25, 1.25, 3.25, "returns more than its cost"),
        ("smaily-3", "last", Decimal(0), None, 0, None, None, None, "unclear"),
        ("smaily-6", "last", None, None, 9, None, None, None, "cost unknown"),
    ]


@pytest.mark.parametrize(
    ("model", "bounds", "verdict"),
    [
        ("last", (1, 3), "returns less than its cost"),
        ("last", (5, 5), "unclear"),
        ("last", (2, 2), "unclear"),
        ("shapley_coalitions", (5, 9), "unclear"),
        ("shapley_coalitions", (-3, -1), "unclear"),
    ],
)
def test_a_return_that_cannot_be_judged_is_unclear(
    compiled: CompiledProject, model: str, bounds: tuple[int, int], verdict: str
) -> None:
    build(compiled, Log().sent(0, OFFER, "ann"), *INPUTS, **{"raw._campaign_costs": [cost("Offer", "4")]})
    found = returns(compiled, [(model, "smaily-2", sum(bounds) / 2, *bounds)])
    assert [row[-1] for row in found] == [verdict]


def test_a_campaign_among_the_others_has_no_credit_of_its_own(compiled: CompiledProject) -> None:
    given = {"raw._campaign_costs": [cost("News", "20")]}
    build(compiled, Log().sent(0, NEWS, "ann"), *INPUTS, **given)
    assert returns(compiled, [("shapley_coalitions", "(other)", 9, 1, 17)]) == [
        ("smaily-1", "shapley_coalitions", Decimal(20), None, None, None, None, None, "no valid estimate")
    ]
    assert returns(compiled, []) == [("smaily-1", "last", Decimal(20), None, 0, 0, None, None, "unclear")]


@pytest.mark.parametrize(
    ("ratio_p", "reached", "expected"),
    [
        (0.4, (), [("smaily-1", "holdout", 200.0, 10.0, 5.0, 15.0, "returns more than its cost")]),
        (0.0001, (), [("smaily-1", "holdout", None, None, None, None, "no valid estimate")]),
        (0.4, ("c1",), []),  # the control got the e-mail: nothing was held out
    ],
)
def test_what_a_holdout_shows(
    with_feeds: CompiledProject, ratio_p: float, reached: tuple[str, ...], expected: list[tuple[Any, ...]]
) -> None:
    def row(name: str, who: str, arm: str | None) -> Row:
        return {
            "event_name": name, "occurred_at": START, "contact_key": key(f"{who}@mail.ee"),
            "campaign": "News", "experiment": "hold" if arm else None, "variant": arm,
            "_is_repeated": False, "_ordinal": 1, "_landed_file": "news.csv", "_partition": "news.csv",
        }  # fmt: skip

    assigned = [
        row("experiment_assigned", who, arm)
        for who, arm in (("c1", "holdout"), ("t1", "sent"), ("t2", "sent"))
    ]
    log = Log().sent(1, NEWS, "t1", "t2", *reached)
    build(
        with_feeds,
        log,
        *INPUTS,
        event_files__news=assigned,
        **{"raw._campaign_costs": [cost("smaily-1", "20")]},
    )
    arms = [
        ("hold", "holdout", "net_revenue", True, 40, 40, None, None, None, ratio_p, 0.5),
        ("hold", "sent", "net_revenue", False, 50, 50, 4.0, 2.0, 6.0, ratio_p, 0.5),
    ]
    found = returns(with_feeds, [("last", "smaily-1", 1, 0, 2)], arms)
    assert [row[3] for row in found if row[1] == "holdout"] == [None] * len(expected)
    assert [(row[0], row[1], *row[4:]) for row in found if row[1] == "holdout"] == expected

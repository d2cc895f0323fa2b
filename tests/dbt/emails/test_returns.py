"""What campaigns return for their cost, by attribution and by holdout."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.mailings import NEWS, OFFER, START, WELCOME, Log, build, cost
from tests.dbt.rows import Row, key

ATTRIBUTION = (
    "dimension varchar, model varchar, touch varchar, conversions double, revenue double,"
    " revenue_lower double, revenue_upper double, unconverted_orders bigint"
)
EXPERIMENTS = (
    "experiment varchar, variant varchar, metric varchar, is_control boolean, persons bigint,"
    " mature_persons bigint, difference double, difference_lower double, difference_upper double,"
    " sample_ratio_p_value double, balance_p_value double, unconverted_orders bigint"
)

COLUMNS = (
    "campaign_key, model, cost, cost_per_conversion, revenue, return_per_unit, return_per_unit_lower,"
    " return_per_unit_upper, verdict"
)


def returns(
    project: CompiledProject,
    attribution: Sequence[Any],
    experiments: Sequence[Any] = (),
    known_from: datetime | None = None,
    columns: str = COLUMNS,
) -> list[tuple[Any, ...]]:
    """The mart over rows of those it reads: (model, touch, revenue, bounds), and arms of experiments."""
    with project.connect() as connection:
        # Rolled back when the connection closes: other tests read the tables that are replaced here.
        connection.begin()
        connection.execute("update intermediate.int_outcome_watermarks set known_from = ?", [known_from])
        connection.execute(f"create or replace table marts.rpt_attribution ({ATTRIBUTION})")
        connection.execute(f"create or replace table marts.rpt_experiments ({EXPERIMENTS})")
        for row in attribution:
            connection.execute(
                "insert into marts.rpt_attribution values ('campaign', ?, ?, 2, ?, ?, ?, 3)", row
            )
        for row in experiments:
            connection.execute(f"insert into marts.rpt_experiments values ({', '.join('?' * 12)})", row)
        for schema, model in (("intermediate", "int_holdout_returns"), ("marts", "rpt_return_on_investment")):
            connection.execute(f"create or replace table {schema}.{model} as {project.sql[model]}")
        return connection.execute(
            f"select {columns} from marts.rpt_return_on_investment order by all"
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


@pytest.mark.parametrize(("seconds", "verdict"), [(0, "returns more than its cost"), (1, "unclear")])
def test_orders_are_reported_from_when_the_campaign_was_sent(
    compiled: CompiledProject, seconds: int, verdict: str
) -> None:
    known_from = START.replace(tzinfo=None) + timedelta(seconds=seconds)
    build(compiled, Log().sent(0, OFFER, "ann"), *INPUTS, **{"raw._campaign_costs": [cost("Offer", "4")]})
    found = returns(compiled, [("last", "smaily-2", 9, 5, 13)], known_from=known_from)
    assert [row[-1] for row in found] == [verdict]


def test_a_campaign_among_the_others_has_no_credit_of_its_own(compiled: CompiledProject) -> None:
    given = {"raw._campaign_costs": [cost("News", "20")]}
    build(compiled, Log().sent(0, NEWS, "ann"), *INPUTS, **given)
    assert returns(compiled, [("shapley_coalitions", "(other)", 9, 1, 17)]) == [
        ("smaily-1", "shapley_coalitions", Decimal(20), None, None, None, None, None, "no valid estimate")
    ]
    assert returns(compiled, []) == [("smaily-1", "last", Decimal(20), None, 0, 0, None, None, "unclear")]


def test_revenue_of_which_no_order_could_be_converted_is_unknown(compiled: CompiledProject) -> None:
    given = {"raw._campaign_costs": [cost("News", "20"), cost("Offer", "4")]}
    build(compiled, Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"), *INPUTS, **given)
    columns = "campaign_key, revenue, return_per_unit, verdict, unconverted_orders"
    assert returns(compiled, [("last", "smaily-1", None, None, None)], columns=columns) == [
        ("smaily-1", None, None, "no valid estimate", 3),
        ("smaily-2", 0, 0, "unclear", 3),
    ]


def of_feed(name: str, who: str, mailing: str, arm: str | None = None) -> Row:
    return {
        "event_name": name, "occurred_at": START, "contact_key": key(f"{who}@mail.ee"),
        "campaign": mailing, "experiment": "hold" if arm else None, "variant": arm,
        "_is_repeated": False, "_ordinal": 1, "_landed_file": "news.csv", "_partition": "news.csv",
    }  # fmt: skip


def assigned(mailing: str) -> list[Row]:
    return [
        of_feed("experiment_assigned", who, mailing, arm)
        for who, arm in (("c1", "holdout"), ("t1", "sent"), ("t2", "sent"))
    ]


def effects(ratio_p: float) -> list[tuple[Any, ...]]:
    return [
        ("hold", "holdout", "net_revenue", True, 40, 40, None, None, None, ratio_p, 0.5, 1),
        ("hold", "sent", "net_revenue", False, 50, 50, 4.0, 2.0, 6.0, ratio_p, 0.5, 2),
    ]


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
    log = Log().sent(1, NEWS, "t1", "t2", *reached)
    build(
        with_feeds,
        log,
        *INPUTS,
        event_files__news=assigned("News"),
        **{"raw._campaign_costs": [cost("smaily-1", "20")]},
    )
    found = returns(with_feeds, [("last", "smaily-1", 1, 0, 2)], effects(ratio_p))
    assert [row[3] for row in found if row[1] == "holdout"] == [None] * len(expected)
    assert [(row[0], row[1], *row[4:]) for row in found if row[1] == "holdout"] == expected
    if expected:
        columns = "method, unconverted_orders"
        lacking = returns(with_feeds, [("last", "smaily-1", 1, 0, 2)], effects(ratio_p), columns=columns)
        assert lacking == [("attributed", 3), ("incremental", 3)]


@pytest.mark.parametrize(
    ("control_got", "is_held_out"),
    [((), True), (("click",), True), (("send",), False), (("delivered",), False)],
)
def test_of_a_feed_a_recipient_is_who_was_sent_the_campaign(
    with_feeds: CompiledProject, control_got: tuple[str, ...], is_held_out: bool
) -> None:
    """The assignments name the campaign, as its e-mails do; the control clicks in what another forwarded."""
    events = [*assigned("Letter"), *(of_feed("send", who, "Letter") for who in ("t1", "t2"))]
    events += [of_feed(name, "c1", "Letter") for name in control_got]
    costs = {"raw._campaign_costs": [cost("Letter", "20")]}
    build(with_feeds, Log(), *INPUTS, event_files__news=events, **costs)
    found = returns(with_feeds, [], effects(0.4))
    assert [row[1] for row in found if row[0] == "event_files-letter" and row[1] == "holdout"] == (
        ["holdout"] if is_held_out else []
    )

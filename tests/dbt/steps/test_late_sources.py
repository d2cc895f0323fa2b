"""A shop that was connected later than the newsletter: what happened before says nothing of conversions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, file_row

# The newsletter reports from January on, the shop from April: no visits and orders from before are known.
MAILED, CONNECTED = datetime(2026, 1, 12, 8, tzinfo=UTC), datetime(2026, 4, 6, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER, READ = CONNECTED + 7 * DAY, CONNECTED + 120 * DAY
EARLY_PERSONS, LATE_PERSONS, BUYERS = 12, 8, 3
REPORTS = (
    "rpt_completion_rates", "rpt_step_impact", "rpt_micro_conversion_paths", "rpt_cohorts", "rpt_funnels",
    "rpt_stage_transitions", "fct_absences", "rpt_outcome_watermarks", "int_value_counts",
    "int_velocity_counts",
)  # fmt: skip


def mailed(person: str, at: datetime, campaign: str) -> list[Row]:
    return [
        file_row(name, at + hours * HOUR, person, campaign=campaign)
        for hours, name in enumerate(("send", "delivered", "click", "file_download"))
    ]


def bought(person: str, at: datetime) -> list[Row]:
    order: dict[str, Any] = {"order_id": person, "revenue": 50.0, "currency": "EUR"}
    return [
        file_row("view_item", at, person),
        file_row("add_to_cart", at + HOUR, person),
        file_row("purchase", at + DAY, person, **order),
    ]


def newsletter(since: datetime = MAILED) -> list[Row]:
    # Later than those who may have been there before the newsletter's own data begin.
    early = [mailed(f"early{n}", MAILED + 20 * DAY + n * HOUR, "winter") for n in range(EARLY_PERSONS)]
    late = [mailed(f"late{n}", LATER + n * HOUR, "spring") for n in range(LATE_PERSONS)]
    first = [file_row("send", at, "reader", campaign="winter") for at in (MAILED, CONNECTED)]
    last = [file_row("click", READ, "last", campaign="summer")]
    return [row for rows in (*early, first, *late, last) for row in rows if row["occurred_at"] >= since]


def news_until(end: datetime, rows: list[Row]) -> list[Row]:
    """These and what shows from when to when the newsletter reports."""
    return [
        file_row("send", MAILED, "reader", campaign="winter"),
        *rows,
        file_row("send", end, "last", campaign="winter"),
    ]


def shop(*, with_early: bool = True) -> list[Row]:
    first = [file_row("view_item", CONNECTED, "first")]
    late = [bought(f"late{n}", LATER + n * HOUR + 5 * HOUR) for n in range(BUYERS)]
    # One of those who were mailed early buys now; what they bought before is not known.
    again = bought("early0", LATER + 30 * DAY) if with_early else []
    last = [file_row("view_item", READ, "last")]
    return [row for rows in (first, *late, again, last) for row in rows]


# Counts of what the shop reports, which say nothing of who was mailed before it did.
OF_SHOP = "micro_conversion in ('purchase', 'cart_add', 'product_page_visit')"
OF_SEQUENCE = "sequence_id in ('store_purchase', 'stage_map')"
COUNTS = (
    ("int_bottleneck_counts", "*", f"{OF_SEQUENCE} and from_step <> 'awareness'"),
    ("int_bottleneck_counts", "sum(value_known), sum(exit_known), sum(converted)", "true"),
    ("int_funnel_counts", "* exclude (left_truncated_entrants)", OF_SEQUENCE),
    ("int_path_prefixes", "path, mature_persons, converted", "mature_persons > 0"),
    ("int_person_completion_cells", "*", f"{OF_SHOP} and eligible + immature > 0"),
    ("int_predecessor_counts", "*", OF_SHOP),
    ("int_sales_cycle_counts", "*", "true"),
    ("int_stage_transition_counts", "* exclude (left_truncated)", "from_stage <> 'awareness'"),
    ("int_step_landmark_counts", "* exclude (bucket)", "true"),
    ("int_step_time_counts", "*", "true"),
    ("int_value_counts", "* exclude (bucket, persons)", "mature_persons > 0"),
    ("int_velocity_counts", "*", "measure <> 'preferences'"),
)
# Of cohorts, which no later period completes.
TO_DATE = (
    "cumulative_conversions", "cumulative_converters", "cumulative_revenue", "cumulative_net_revenue",
    "cumulative_unconverted_orders",
)  # fmt: skip


@pytest.fixture(scope="module")
def built(with_feeds: CompiledProject) -> CompiledProject:
    with_feeds.build({"event_files__news": newsletter(), "event_files__site": shop()}, *REPORTS)
    return with_feeds


def test_an_outcome_is_known_from_the_first_event_of_who_reports_it(built: CompiledProject) -> None:
    assert built.rows(
        "select outcome_type, outcome, known_from from marts.rpt_outcome_watermarks"
        " where outcome_type <> 'micro_conversion' or outcome in ('purchase', 'email_click') order by all"
    ) == [
        ("activity", "any", None),
        # The newsletter reports unsubscribes, which end what leads to a later stage, but no later stage.
        ("later_stage", "awareness", None),
        ("later_stage", "consideration", CONNECTED.replace(hour=0, tzinfo=None)),
        ("later_stage", "customer", None),
        ("later_stage", "decision", CONNECTED.replace(hour=0, tzinfo=None)),
        ("macro_conversion", "any", CONNECTED.replace(hour=0, tzinfo=None)),
        ("micro_conversion", "email_click", None),
        ("micro_conversion", "purchase", CONNECTED.replace(hour=0, tzinfo=None)),
        ("stage", "any", None),
    ]


def test_who_was_exposed_before_is_in_no_rate(built: CompiledProject) -> None:
    assert built.rows(
        "select micro_conversion, eligible, completed, immature from marts.rpt_completion_rates"
        " where slice_type = 'overall' and micro_conversion in ('email_click', 'purchase')"
        " and (exposure = 'email_click' or population = 'deliveries') order by all"
    ) == [
        # The newsletter's own figures hold all its e-mails.
        ("email_click", EARLY_PERSONS + LATE_PERSONS + 1, EARLY_PERSONS + LATE_PERSONS, 0),
        ("purchase", LATE_PERSONS, BUYERS, 1),
    ]
    assert (
        built.rows(
            "select completers + others, completers_outcome + others_outcome from marts.rpt_step_impact"
            " where micro_conversion = 'email_click' and outcome = 'conversion'"
            " and method in ('naive', 'landmark_1')"
        )
        == [(LATE_PERSONS, BUYERS)] * 2
    )
    assert built.rows(
        "select subject, sum(persons), sum(mature_persons) from intermediate.int_value_counts"
        " where subject = 'email_click' and horizon_days = 30 group by all"
    ) == [("email_click", EARLY_PERSONS + LATE_PERSONS + 1, LATE_PERSONS)]


def test_who_took_a_step_before_is_followed_by_no_curve(built: CompiledProject) -> None:
    assert built.rows(
        "select outcome, cast(sum(persons) as bigint) from intermediate.int_velocity_counts"
        " where measure = 'conversion' and slice = 'all' and micro_conversion = 'email_click'"
        " group by all order by all"
    ) == [("(censored)", LATE_PERSONS - BUYERS + 1), ("macro_conversion", BUYERS)]
    assert built.rows(
        "select persons, mature_persons, converted from marts.rpt_micro_conversion_paths"
        " where path_length = 1 and person_population = 'known'"
    ) == [(EARLY_PERSONS + LATE_PERSONS + 2, LATE_PERSONS + 1, BUYERS)]
    assert built.rows(
        "select persons_at_risk, reached, left_truncated from marts.rpt_stage_transitions"
        " where from_stage = 'consideration'"
    ) == [(LATE_PERSONS + 1, BUYERS, EARLY_PERSONS + 1)]


def test_who_entered_before_is_named_beside_a_funnel(built: CompiledProject) -> None:
    assert built.rows(
        "select step_number, entrants, left_truncated_entrants, reached from marts.rpt_funnels"
        " where sequence_id = 'store_purchase' and person_population = 'known' and step_number <= 2"
        " order by step_number"
    ) == [(1, LATE_PERSONS, EARLY_PERSONS, LATE_PERSONS), (2, LATE_PERSONS, EARLY_PERSONS, BUYERS)]


def test_what_was_not_reported_is_unknown_and_not_nothing(built: CompiledProject) -> None:
    assert built.rows(
        "select cohort_start, period_number, macro_conversions, cumulative_conversions from marts.rpt_cohorts"
        " where cohort_by = 'first_touch' and cohort_grain = 'month' and person_population = 'known'"
        " and period_number in (0, 1, 3) and cohort_start = date '2026-02-01' order by all"
    ) == [
        (datetime(2026, 2, 1).date(), 0, None, None),
        (datetime(2026, 2, 1).date(), 1, None, None),
        (datetime(2026, 2, 1).date(), 3, 1, None),
    ]
    begins = {"macro_conversions": "period_start"} | dict.fromkeys(TO_DATE, "cohort_start")
    for column, begin in begins.items():
        assert built.rows(
            f"select distinct cohort_grain, {column} is null, {begin} < date '2026-04-06'"
            " from marts.rpt_cohorts where active is not null order by all"
        ) == [(grain, is_early, is_early) for grain in ("month", "week") for is_early in (False, True)]
    assert built.rows("select state, count(*) from marts.fct_absences group by all") == [
        ("clicked_no_conversion", LATE_PERSONS - BUYERS)
    ]


def test_counts_are_those_of_the_data_from_then_on(built: CompiledProject) -> None:
    """Who was mailed before and never came back changes none of them."""
    found = []
    for since in (MAILED, CONNECTED):
        rows = {"event_files__news": newsletter(since), "event_files__site": shop(with_early=False)}
        built.build(rows, *{model for model, *_ in COUNTS})
        found.append(
            [
                built.rows(f"select {columns} from intermediate.{model} where {of_shop} order by all")
                for model, columns, of_shop in COUNTS
            ]
        )
    for count, with_early, without in zip(COUNTS, *found, strict=True):
        assert with_early == without, count
        assert with_early, count


@pytest.mark.parametrize(("read_after", "eligible", "immature", "completed"), [(2, 0, 4, 0), (30, 4, 0, 1)])
def test_what_another_system_reports_of_emails_is_known_from_its_day_on(
    with_feeds: CompiledProject, read_after: int, eligible: int, immature: int, completed: int
) -> None:
    """Unsubscribes come from a CRM; e-mails of the day before it began never become mature."""
    days = {"ann": -1, "ben": -1, "cid": -1, "dan": 0, "eva": 0, "fay": 0, "gus": 0}
    sends = [file_row("send", CONNECTED + day * DAY, name, campaign="spring") for name, day in days.items()]
    exits = [file_row("unsubscribe", CONNECTED + HOUR, name, campaign="spring") for name in ("ann", "dan")]
    end = CONNECTED + read_after * DAY
    with_feeds.build(
        {
            "event_files__news": news_until(end, sends),
            "event_files__checkout": [*exits, file_row("log_in", end, "last")],
        },
        "rpt_completion_rates",
    )
    assert with_feeds.rows(
        "select eligible, immature - 1, completed from marts.rpt_completion_rates"
        " where slice_type = 'overall' and micro_conversion = 'unsubscribe'"
    ) == [(eligible, immature, completed)]


@pytest.mark.parametrize(("read_after", "eligible", "immature", "completed"), [(2, 0, 4, 0), (40, 4, 0, 1)])
def test_what_another_system_reports_of_persons_is_known_from_its_day_on(
    with_feeds: CompiledProject, read_after: int, eligible: int, immature: int, completed: int
) -> None:
    """Who clicked before the shop was connected will never be one of those who may still buy."""
    days = {"ann": -1, "ben": -1, "cid": -1, "dan": 0, "eva": 0, "fay": 0, "gus": 0}
    mails = [row for name, day in days.items() for row in mailed(name, CONNECTED + day * DAY, "spring")]
    orders = [row for name in ("ann", "dan") for row in bought(name, CONNECTED + 4 * HOUR)]
    end = CONNECTED + read_after * DAY
    with_feeds.build(
        {
            "event_files__news": news_until(end, mails),
            "event_files__site": [*orders, file_row("log_in", end, "last")],
        },
        "rpt_completion_rates",
        "int_campaign_evidence",
    )
    assert with_feeds.rows(
        "select eligible, immature, completed from marts.rpt_completion_rates"
        " where slice_type = 'overall' and micro_conversion = 'purchase'"
    ) == [(eligible, immature, completed)]
    assert with_feeds.rows(
        "select coalesce(sum(persons), 0), coalesce(sum(reached), 0) from intermediate.int_campaign_evidence"
        " where campaign_key = 'event_files-spring' and metric = 'conversion_per_clicker'"
    ) == [(eligible, completed)]


def test_what_leads_to_a_step_is_known_from_its_day_on(with_feeds: CompiledProject) -> None:
    """Of three who first click on the day after the shop was connected one visits a product page."""
    before, after = CONNECTED - DAY, CONNECTED + DAY
    # Cid, whose first click was before, is not one of them: neither as clicking nor as visiting.
    early, late = (("ann", before), ("cid", before)), (("cid", after), ("dan", after))
    clicks = [
        file_row("click", at, name, campaign="spring")
        for name, at in (*early, *late, ("eva", after), ("fay", after))
    ]
    visits = [file_row("view_item", at + HOUR, name) for name, at in (("ann", CONNECTED), *late)]
    with_feeds.build(
        {
            "event_files__news": news_until(READ, clicks),
            "event_files__site": [*visits, file_row("log_in", READ, "last")],
        },
        "int_predecessor_counts",
    )
    assert with_feeds.rows(
        "select persons, continued from intermediate.int_predecessor_counts"
        " where micro_conversion = 'product_page_visit' and previous_micro_conversion = 'email_click'"
    ) == [(3, 1)]


def test_what_a_step_is_worth_is_known_from_the_first_order_on(with_feeds: CompiledProject) -> None:
    """All steps are the newsletter's; who downloaded before orders were reported may have bought before."""
    days = {"ann": -2, "ben": -2, "cid": 1, "dan": 1}
    steps = ("subscribe", "click", "file_download")
    taken = [
        file_row(name, CONNECTED + day * DAY + hours * HOUR, person, campaign="spring")
        for person, day in days.items()
        for hours, name in enumerate(steps)
    ]
    orders = [row for person in ("ann", "cid") for row in bought(person, CONNECTED + 5 * DAY)]
    with_feeds.build(
        {
            "event_files__news": news_until(READ, taken),
            "event_files__site": [
                file_row("view_item", CONNECTED, "first"),
                *orders,
                file_row("view_item", READ, "last"),
            ],
        },
        "int_bottleneck_counts",
    )
    assert with_feeds.rows(
        "select persons, reached, value_known, converted, exit_known, exits"
        " from intermediate.int_bottleneck_counts"
        " where sequence_id = 'welcome_nurture' and to_step = 'resource_download' and slice_type = 'all'"
    ) == [(4, 4, 2, 1, 2, 0)]

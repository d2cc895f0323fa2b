"""The figures behind claims, on marts made by hand."""

from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from tests.dbt.compiled_project import CompiledProject

MARTS = """
    create or replace table marts.rpt_email_craft (
        feature varchar, level varchar, level_from integer, level_to integer, outcome varchar, emails bigint,
        other_emails bigint, ratio double, ratio_lower double, ratio_upper double, shrunken_rate double,
        q_value double, verdict varchar, method varchar
    );
    create or replace table marts.rpt_send_times (
        slice_type varchar, outcome varchar, position integer, eligible bigint, completed bigint,
        verdict varchar
    );
    create or replace table marts.rpt_sequences (
        sequence_id varchar, is_primary boolean, claim_verdict varchar, q_value double, completers bigint,
        others bigint, multiplier double, multiplier_lower double, multiplier_upper double, status varchar,
        method varchar
    );
    create or replace table marts.fct_micro_conversions (
        person_key bigint, session_id varchar, micro_conversion varchar, is_known boolean,
        occurred_at timestamp
    );
    create or replace table marts.fct_email_sends (
        person_key bigint, sent_at timestamp, delivered_at timestamp, bounced_at timestamp, email_id varchar
    );
    create or replace table intermediate.int_send_time_cells (
        slice_type varchar, outcome varchar, stratum varchar, place integer, completed bigint
    );
    create or replace table marts.dim_persons as
    select * from (values (1, 'Europe/Tallinn', 'contact'), (2, 'UTC', 'account'))
        as persons (person_key, time_zone, time_zone_source);
"""
# Clicks by the hour on the recipient's clock: 200 in the morning, 400 at midday, 400 in the evening.
CLICKS = {5: 50, 6: 100, 7: 50, 13: 100, 14: 200, 15: 100, 19: 100, 20: 200, 21: 100}


@pytest.fixture(scope="module")
def claims(compiled: CompiledProject) -> CompiledProject:
    """With every mart that a claim is made of, without data."""
    compiled.build({}, "int_claim_figures")
    return compiled


def figures(project: CompiledProject, *statements: str) -> dict[str, dict[str, Any]]:
    """By claim, over these marts, which are put back as they were."""
    with project.connect() as connection:
        connection.execute("begin")
        connection.execute(MARTS)
        for statement in statements:
            connection.execute(statement)
        connection.execute(
            f"create or replace table intermediate.int_claim_times as {project.sql['int_claim_times']}"
        )
        rows = connection.sql(project.sql["int_claim_figures"]).to_arrow_table().to_pylist()
        connection.execute("rollback")
        return {row["claim_id"]: row for row in rows}


def sends(count: int, person: int, utc_hour: int, email: int = 0, bounced: int = 0) -> str:
    at = f"timestamp '2026-10-06 {utc_hour:02}:30:00'"
    return (
        f"insert into marts.fct_email_sends select {person}, {at},"
        f" case when range >= {bounced} then {at} end, case when range < {bounced} then {at} end,"
        f" 'email-{email}' from range({count})"
    )


def clicks(by_hour: dict[int, int], email: int = 0) -> tuple[str, str]:
    """Of one e-mail, of which the hours' sums are the clicks of all."""
    rows = ", ".join(
        f"('click_hour', 'human_click', 'email-{email}', {hour}, {count})" for hour, count in by_hour.items()
    )
    return (
        f"insert into intermediate.int_send_time_cells values {rows}",
        "create or replace table marts.rpt_send_times as"
        " select 'click_hour_of_day' as slice_type, outcome, mod(place, 24) as position,"
        " sum(completed) as completed, 'not compared' as verdict from intermediate.int_send_time_cells"
        " group by all",
    )


def emails(clicks_of: list[dict[int, int]], sends_of: list[dict[int, int]]) -> list[str]:
    """One e-mail each, with clicks by hour in Tallinn and sends to a person there by hour in UTC."""
    found = [statement for number, own in enumerate(clicks_of) for statement in clicks(own, number)]
    return found + [
        sends(count, 1, hour, number) for number, own in enumerate(sends_of) for hour, count in own.items()
    ]


def by_jackknife(in_slot: list[int], all_: list[int], delivered: list[int], deliveries: list[int]) -> float:
    """The standard error of the logarithm of the ratio of shares, leaving out one e-mail after another."""
    parts = np.array([in_slot, all_, delivered, deliveries], dtype=np.float64)

    def log_ratio(left: np.ndarray) -> float:
        slot, every, in_hours, out = left.sum(axis=1)
        return log(slot / every) - log(in_hours / out)

    number = parts.shape[1]
    values = np.array([log_ratio(np.delete(parts, place, axis=1)) for place in range(number)])
    return sqrt((number - 1) / number * ((values - values.mean()) ** 2).sum())


def test_clicks_in_a_slot_are_compared_with_deliveries_in_it(claims: CompiledProject) -> None:
    """Twenty e-mails, of which those of even number get more of their clicks around 14:00 than the others."""
    generator = np.random.default_rng(7)
    in_slot = [int(value) for value in generator.poisson([30, 10] * 10) + 1]
    others = [int(value) for value in generator.poisson([40, 60] * 10) + 1]
    delivered = [int(value) for value in generator.poisson(20, 20) + 1]
    elsewhere = [int(value) for value in generator.poisson(80, 20) + 1]
    found = figures(
        claims,
        *emails(
            [{14: slot, 20: other} for slot, other in zip(in_slot, others, strict=True)],
            [{11: slot, 3: other} for slot, other in zip(delivered, elsewhere, strict=True)],
        ),
        sends(500, 2, 11),  # of whose zone nothing is known
    )
    all_clicks, deliveries = (
        [a + b for a, b in zip(one, other, strict=True)]
        for one, other in ((in_slot, others), (delivered, elsewhere))
    )
    ratio = sum(in_slot) / sum(all_clicks) / (sum(delivered) / sum(deliveries))
    midday = found["send_slot_midday"]
    assert (midday["n"], midday["missing"]) == (sum(all_clicks), None)
    assert midday["estimate"] == pytest.approx(ratio)
    # The linearised jackknife is not quite the jackknife.
    reach = t(19).ppf(1 - 0.05 / 6) * by_jackknife(in_slot, all_clicks, delivered, deliveries)
    assert log(midday["upper"] / ratio) == pytest.approx(reach, rel=0.03)
    assert log(ratio / midday["lower"]) == pytest.approx(log(midday["upper"] / ratio))
    shares = [
        a / sum(in_slot) - b / sum(all_clicks) - c / sum(delivered) + d / sum(deliveries)
        for a, b, c, d in zip(in_slot, all_clicks, delivered, deliveries, strict=True)
    ]
    exact = sqrt(20 / 19 * sum(share**2 for share in shares)) * t(19).ppf(1 - 0.05 / 6)
    assert log(midday["upper"] / ratio) == pytest.approx(exact, rel=1e-3)
    # E-mails are sent at 6:30 in Tallinn, and no one clicks then.
    assert (
        found["send_slot_morning"]["missing"]
        == "no hour of the slot has more clicks than the hours next to it"
    )
    assert found["send_slot_evening"]["missing"] == "no e-mail is delivered in these hours"


def test_emails_that_are_alike_are_no_surer_than_independent_recipients(claims: CompiledProject) -> None:
    found = figures(claims, *emails([{14: 40, 20: 60}] * 10, [{11: 20, 3: 80}] * 10))["send_slot_midday"]
    error = t(9).ppf(1 - 0.05 / 6) * sqrt(1 / 400 - 1 / 1000 + 1 / 200 - 1 / 1000)
    assert found["estimate"] == pytest.approx(2)
    assert log(found["upper"] / 2) == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize(
    ("emails_sent", "in_the_slot", "missing"),
    [(10, 3, None), (9, 9, "too few e-mails"), (10, 2, "too few e-mails")],
)
def test_few_emails_say_nothing_of_an_hour(
    claims: CompiledProject, emails_sent: int, in_the_slot: int, missing: str | None
) -> None:
    sent = [{11: 20, 3: 80} if number < in_the_slot else {3: 100} for number in range(emails_sent)]
    found = figures(claims, *emails([{14: 40, 20: 60}] * emails_sent, sent))
    assert found["send_slot_midday"]["missing"] == missing


def test_without_clicks_or_deliveries_a_slot_says_nothing(claims: CompiledProject) -> None:
    nothing = figures(claims)["send_slot_midday"]
    assert (nothing["n"], nothing["estimate"]) == (0, None)
    assert nothing["missing"] == "no clicks of people whose time zone is known"
    flat = figures(claims, *clicks({13: 20, 14: 10, 15: 20, 16: 30, 12: 30}), sends(9, 1, 11))
    assert flat["send_slot_midday"]["missing"] == (
        "no hour of the slot has more clicks than the hours next to it"
    )


BEST = (
    "create or replace table marts.rpt_send_times as select * from (values"
    " ('send_hour_of_day', 'human_click', 9, 0, 'more'))"
    " as rows (slice_type, outcome, position, completed, verdict)"
)


def test_bounces_at_the_best_hours_differ_by_emails(claims: CompiledProject) -> None:
    """Ten e-mails at 9:30 in Tallinn and at 15:30; bounces come together, in two of them."""
    bounced, other = [30, 0, 0, 0, 0, 0, 0, 0, 25, 1], [1, 2, 1, 0, 3, 1, 2, 0, 1, 1]
    statements = [
        sends(100, 1, hour, number, count)
        for hour, counts in ((6, bounced), (12, other))
        for number, count in enumerate(counts)
    ]
    found = figures(claims, BEST, *statements)["send_time_bounce"]
    shares = [
        (a - 0.056 * 100) / 1000 - (b - 0.012 * 100) / 1000 for a, b in zip(bounced, other, strict=True)
    ]
    reach = t(9).ppf(0.975) * sqrt(10 / 9 * sum(share**2 for share in shares))
    assert (found["n"], found["missing"]) == (2000, None)
    assert [found[name] for name in ("estimate", "lower", "upper")] == pytest.approx(
        [0.044, 0.044 - reach, 0.044 + reach], rel=2e-3
    )
    assert figures(claims, BEST, *statements[:9])["send_time_bounce"]["missing"] == (
        "no hour of sending is shown to be better"
    )
    few = figures(claims, BEST, *statements[:9], *statements[10:19])["send_time_bounce"]
    assert few["missing"] == "too few e-mails"


def test_each_figure_has_the_q_value_of_its_row(claims: CompiledProject) -> None:
    found = figures(
        claims,
        "insert into marts.rpt_email_craft values"
        " ('calls_to_action', 'one', 1, 1, 'human_click', 9, 9, 1.5, 1.1, 2, 0.1, 0.596,"
        " 'no clear difference', '')",
        "insert into marts.rpt_sequences values"
        " ('shop', true, 'supported', 0.07, 50, 50, 2.5, 1.5, 3, 'estimated', '')",
    )
    single = found["single_focus_email"]
    assert (single["estimate"], single["q_value"], single["missing"]) == (0.5, 0.596, None)
    assert found["sequence_multiplier_2_3"]["q_value"] == 0.07


def length_band(level: str, lower: float | None, rate: float, verdict: str) -> str:
    """A band of subject lengths, with the lower bound of its ratio to the others."""
    first, last = (int(part) for part in level.split(" to "))
    ratio = "null, null, null" if lower is None else f"{lower + 0.1}, {lower}, {lower + 0.3}"
    return (
        "insert into marts.rpt_email_craft values ('subject_length_band',"
        f" '{level}', {first}, {last}, 'human_open', 9, 20, {ratio}, {rate}, 0.01, '{verdict}', 'by month')"
    )


def test_the_best_length_is_the_one_that_is_surest_within_its_month(claims: CompiledProject) -> None:
    """Subjects of 51 to 60 were sent in the better month: their rate is higher, and not their ratio."""
    bands = [
        length_band("31 to 41", 1.2, 0.2, "better"),
        length_band("51 to 60", 1.05, 0.3, "better"),
        length_band("21 to 30", 1.2, 0.1, "better"),
        length_band("1 to 20", None, 0.4, "insufficient"),
    ]
    best = figures(claims, *bands)["subject_41_best_length"]
    names = ("estimate", "lower", "upper", "missing")
    assert [best[name] for name in names] == [30, 21, 30, None]  # the shorter of two equal ones
    unclear = figures(claims, length_band("31 to 41", 0.9, 0.2, "no clear difference"))
    assert unclear["subject_41_best_length"]["missing"] == "no band is clearly better than the others"

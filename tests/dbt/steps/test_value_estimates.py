"""The rows that are made of counts: sequences, patterns, lifetime values and times, on counts by hand."""

from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import duckdb
import pytest

from tests.project_copy import ROOT

DAY = 86400
LANDMARKS = (
    "sequence_id varchar, landmark_days integer, visits integer, engagement integer,"
    " had_converted boolean,"
    " cohort_month date, entry_source varchar, is_left_truncated boolean,"
    " bucket bigint, persons bigint, converted bigint,"
    " revenue double, completers bigint, completers_converted bigint, completers_revenue double,"
    " unconverted_orders bigint, rated_orders bigint, completers_unconverted_orders bigint,"
    " completers_rated_orders bigint, immature_persons bigint"
)
ENTRANTS = "sequence_id varchar, completed_at timestamp, converted_at timestamp"
PATTERNS = (
    "pattern_code bigint, mature_persons bigint, converted bigint, other_persons bigint,"
    " converted_in_visit bigint, others_converted bigint,"
    " control_mature_persons bigint, control_converted bigint,"
    " control_other_persons bigint, control_others_converted bigint"
)
VALUES = (
    "subject_kind varchar, subject varchar, horizon_days integer, bucket bigint, persons bigint,"
    " mature_persons bigint, revenue double, unconverted_orders bigint, rated_orders bigint"
)
SPELLS = (
    "measure varchar, micro_conversion varchar, slice varchar, slice_value varchar, outcome varchar,"
    " seconds double, persons bigint"
)
CYCLES = (
    "micro_conversion varchar, outcome varchar, seconds double, persons_with bigint, persons_without bigint"
)


class Counts:
    """Stands where dbt stands: a model's settings, and tables of rows by hand."""

    def __init__(self, **settings: Any) -> None:
        self.config = self
        self._settings = settings
        self._connection = duckdb.connect()

    def __call__(self, materialized: str) -> None:
        assert materialized == "table"

    def get(self, name: str) -> Any:
        return self._settings[name]

    def add(self, table: str, columns: str, rows: Sequence[Sequence[Any]] = ()) -> None:
        self._connection.execute(f"create table {table} ({columns})")
        for row in rows:
            self._connection.execute(f"insert into {table} values ({', '.join('?' for _ in row)})", list(row))

    def ref(self, table: str) -> duckdb.DuckDBPyRelation:
        return self._connection.table(table)

    def rows(self, model: str) -> list[dict[str, Any]]:
        found = list(ROOT.glob(f"dbt/models/*/{model}.py"))
        spec = spec_from_file_location(model, found[0])
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        rows: list[dict[str, Any]] = module.model(self, None).to_pylist()
        return rows


@pytest.fixture
def sequences() -> Counts:
    return Counts(jackknife_buckets=50)


def landmark(bucket: int, all_: tuple[int, int], done: tuple[int, int], **stratum: Any) -> tuple[Any, ...]:
    """Persons and converted of all and of completers; each conversion brings 10."""
    place = {"sequence": "trial", "days": 7, "visits": 1, "engagement": 0, "had_converted": False} | stratum
    return (
        *place.values(),
        "2026-06-01",
        "site",
        False,
        bucket,
        *all_,
        10.0 * all_[1],
        *done,
        10.0 * done[1],
        0,
        all_[1],
        0,
        done[1],
        3,
    )


def test_nothing_entered_has_no_rows(sequences: Counts) -> None:
    sequences.add("int_sequence_landmark_counts", LANDMARKS)
    sequences.add("int_sequence_entrants", ENTRANTS)
    assert sequences.rows("int_sequence_estimates") == []


def test_the_multiplier_is_over_strata_and_the_naive_one_is_not(sequences: Counts) -> None:
    rows = [
        # Equal groups of persons would leave the jackknife no error.
        *(landmark(bucket, (20, 4 + more), (10, 3 + more)) for bucket, more in enumerate((1, -1, 0, 0))),
        *(landmark(bucket, (40, 20), (20, 12), engagement=2) for bucket in range(4)),
        landmark(5, (9, 1), (0, 0), sequence="cart", days=1),
        landmark(5, (8, 1), (0, 0), sequence="cart", days=11),
    ]
    sequences.add("int_sequence_landmark_counts", LANDMARKS, rows)
    day = "2026-06-0"
    entrants = [
        ("trial", f"{day}1", f"{day}2"),
        ("trial", f"{day}3", f"{day}2"),  # completed after it had converted
        ("trial", f"{day}3", None),
        ("trial", None, None),
        ("cart", None, None),
    ]
    sequences.add("int_sequence_entrants", ENTRANTS, entrants)
    cart, late_cart, trial = sequences.rows("int_sequence_estimates")
    assert [row["is_primary"] for row in (cart, late_cart, trial)] == [False, True, True]
    assert (cart["completers"], cart["others"], cart["multiplier"], cart["p_value"]) == (0, 9, None, None)
    assert trial["completers_converted"] == 60
    weights = [40 * 40 / 80, 80 * 80 / 160]
    rates = [(12 / 40, 4 / 40), (48 / 80, 32 / 80)]
    ratio = sum(w * one for w, (one, _) in zip(weights, rates, strict=True)) / sum(
        w * other for w, (_, other) in zip(weights, rates, strict=True)
    )
    assert trial["multiplier"] == pytest.approx(ratio)
    assert trial["multiplier_lower"] < ratio < trial["multiplier_upper"]
    gap = sum(w * 10 * (one - other) for w, (one, other) in zip(weights, rates, strict=True)) / sum(weights)
    assert trial["revenue_difference"] == pytest.approx(gap)
    assert trial["naive_multiplier"] == pytest.approx((1 / 2) / (1 / 2))
    assert trial["immature_persons"] == 24
    assert trial["q_value"] == trial["p_value"]  # the only one that can be tested


def test_a_sequence_may_be_named_as_people_do(sequences: Counts) -> None:
    rows = [landmark(0, (10, 2), (5, 1), sequence="buyer's path"), landmark(1, (4, 1), (2, 0))]
    sequences.add("int_sequence_landmark_counts", LANDMARKS, rows)
    entrants = [(name, None, None) for name in ("buyer's path", "trial")]
    sequences.add("int_sequence_entrants", ENTRANTS, entrants)
    first, second = sequences.rows("int_sequence_estimates")
    assert (first["sequence_id"], first["completers"], first["others"]) == ("buyer's path", 5, 5)
    assert (second["sequence_id"], second["completers"], second["others"]) == ("trial", 2, 2)


def test_persons_from_before_the_data_are_compared_among_themselves(sequences: Counts) -> None:
    """As one stratum, 21 of 48 completers would stand against 9 of 48 others."""
    new, old = landmark(0, (48, 6), (8, 1)), list(landmark(1, (48, 24), (40, 20)))
    old[7] = True
    sequences.add("int_sequence_landmark_counts", LANDMARKS, [new, old])
    sequences.add("int_sequence_entrants", ENTRANTS, [("trial", None, None)])
    [row] = sequences.rows("int_sequence_estimates")
    assert row["multiplier"] == pytest.approx(1)


def test_orders_of_which_none_has_a_rate_are_no_revenue_of_nothing(sequences: Counts) -> None:
    def without_rate(bucket: int, all_: int, done: int) -> list[object]:
        row = list(landmark(bucket, (20, 4), (10, 2)))
        return [*row[:11], 0.0, *row[12:14], 0.0, all_, 4 - all_, done, 2 - done, 0]

    sequences.add("int_sequence_entrants", ENTRANTS, [("trial", None, None)])
    sequences.add("int_sequence_landmark_counts", LANDMARKS, [without_rate(0, 3, 2), without_rate(1, 3, 2)])
    [row] = sequences.rows("int_sequence_estimates")
    assert (row["completers_revenue"], row["others_revenue"], row["unconverted_orders"]) == (None, 0, 6)


def test_patterns_are_one_family_and_have_their_control_beside() -> None:
    counts = Counts()
    rows = [
        (1002, 100, 30, 400, 14, 40, 90, 12, 410, 58),
        (1003, 50, 5, 450, 0, 65, 40, 4, 460, 66),
        (1004, 30, 0, 0, 0, 0, 0, 0, 30, 0),
        (1005, 100, 90, 400, 45, 10, 90, 12, 410, 58),
    ]
    counts.add("int_pattern_counts", PATTERNS, rows)
    first, second, third, part = counts.rows("int_pattern_estimates")
    assert first["lift"] == pytest.approx((30 / 100) / (70 / 500))
    assert first["control_lift"] == pytest.approx((12 / 90) / (70 / 500))
    assert first["q_value"] == pytest.approx(2 * first["p_value"])
    assert second["q_value"] == pytest.approx(second["p_value"])
    assert (third["lift"], third["q_value"], third["control_lift"]) == (None, None, None)
    # Half of its converters convert in that very visit: it would be the surest of all and makes no q smaller.
    assert (part["lift"], part["q_value"], part["control_lift"]) == (None, None, None)
    assert [row["is_part_of_converting"] for row in (first, second, third, part)] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("model", ["pattern", "value"])
def test_without_counts_there_are_no_rows(model: str) -> None:
    counts = Counts(jackknife_buckets=50)
    counts.add(f"int_{model}_counts", {"pattern": PATTERNS, "value": VALUES}[model])
    assert counts.rows(f"int_{model}_estimates") == []


def test_values_are_means_over_the_mature() -> None:
    counts = Counts(jackknife_buckets=50)
    rows = [
        ("step", "cart", 30, 3, 2, 1, 1.0, 0, 1),
        ("step", "cart", 30, 7, 1, 1, 2.0, 1, 1),
        ("step", "cart", 30, 49, 1, 1, 6.0, 0, 1),
        ("step", "cart", 90, 3, 2, 0, 0.0, 0, 0),
        ("step", "gold", 30, 3, 2, 2, 0.0, 0, 0),
        ("step", "gold", 30, 4, 2, 2, 0.0, 2, 0),
        ("pattern", "cart > buy", 30, 0, 1, 1, -4.0, 0, 1),
    ]
    counts.add("int_value_counts", VALUES, rows)
    pattern, month, quarter, gold = counts.rows("int_value_estimates")
    assert (pattern["subject"], pattern["mean"], pattern["lower"]) == ("cart > buy", -4, None)
    assert (month["persons"], month["mature_persons"], month["unconverted_orders"], month["mean"]) == (
        4,
        3,
        1,
        3,
    )
    assert month["lower"] == pytest.approx(3 - 4.302652729911275 * (7 / 3) ** 0.5)
    assert (quarter["persons"], quarter["mature_persons"], quarter["mean"]) == (2, 0, None)
    # Two orders without a rate are not nothing.
    assert (gold["revenue"], gold["mean"], gold["lower"], gold["unconverted_orders"]) == (None, None, None, 2)


def velocity(
    spells: Sequence[tuple[Any, ...]] = (), cycles: Sequence[tuple[Any, ...]] = ()
) -> list[dict[str, Any]]:
    counts = Counts(minimum_persons=30, horizon_days=90)
    counts.add("int_velocity_counts", SPELLS, spells)
    counts.add("int_sales_cycle_counts", CYCLES, cycles)
    return counts.rows("int_velocity_estimates")


def test_without_spells_there_are_no_times() -> None:
    assert velocity() == []


def test_one_person_who_bought_at_once() -> None:
    [row] = velocity([("conversion", "cart", "all", "all", "macro_conversion", 0, 1)])
    assert (row["probability"], row["probability_lower"], row["median_seconds"]) == (1, None, 0)
    assert (row["restricted_mean_seconds"], row["restricted_to_seconds"]) == (0, 0)
    assert row["at_risk"][0] == 0


def test_all_censored() -> None:
    [row] = velocity([("conversion", "cart", "all", "all", "(censored)", 5 * DAY, 4)])
    assert (row["persons"], row["reached"], row["probability"], row["median_seconds"]) == (4, 0, 0, None)
    assert (row["restricted_mean_seconds"], row["at_risk"][4], row["at_risk"][5]) == (5 * DAY, 4, 0)


def test_what_follows_competes_with_everything_else() -> None:
    place = ("next_step", "cart", "all", "all")
    spells = [
        (*place, "checkout", DAY, 40),
        (*place, "(left)", 2 * DAY, 10),
        (*place, "blog", 2 * DAY, 29),
        (*place, "(censored)", 120 * DAY, 21),
    ]
    left, checkout = velocity(spells)
    assert (checkout["next_step"], checkout["reached"], checkout["exited"], checkout["elsewhere"]) == (
        "checkout",
        40,
        10,
        29,
    )
    assert (checkout["probability"], checkout["exit_probability"]) == pytest.approx((0.4, 0.1))
    assert checkout["restricted_mean_seconds"] == pytest.approx(0.4 * DAY + 0.6 * 90 * DAY)
    assert (left["measure"], left["reached"], left["elsewhere"], left["exited"]) == (
        "dwell_before_leaving",
        10,
        69,
        0,
    )
    assert (left["probability"], left["exit_probability"]) == (pytest.approx(0.1), None)


def test_a_slice_shows_what_enough_persons_did() -> None:
    spells = [
        ("conversion", "cart", "source", source, "macro_conversion", DAY, number)
        for source, number in (("mail", 29), ("site", 30))
    ]
    assert [(row["slice_value"], row["reached"]) for row in velocity(spells)] == [("site", 30)]


def test_sales_cycles_are_compared_over_the_same_days() -> None:
    cycles = [
        ("cart", "macro_conversion", 2 * DAY, 10, 5),
        ("cart", "(left)", 3 * DAY, 0, 1),
        ("cart", "(censored)", 8 * DAY, 10, 0),
        ("cart", "(censored)", 20 * DAY, 0, 14),
        ("chat", "(censored)", 8 * DAY, 0, 14),  # no one has completed it
    ]
    with_, without = velocity(cycles=cycles)
    assert (with_["measure"], without["measure"]) == ("sales_cycle_with", "sales_cycle_without")
    assert with_["restricted_to_seconds"] == without["restricted_to_seconds"] == 8 * DAY
    means = (8 - 0.5 * 6, 8 - 0.25 * 6)
    assert (with_["restricted_mean_seconds"], without["restricted_mean_seconds"]) == pytest.approx(
        tuple(mean * DAY for mean in means)
    )
    assert with_["mean_difference_seconds"] == pytest.approx((means[0] - means[1]) * DAY)
    # Each is a mean of 8 and 2 days; censored only at the end.
    error = (0.25 * 36 / 20 + 0.25 * 0.75 * 36 / 20) ** 0.5
    spread = 1.959963984540054 * error
    assert with_["mean_difference_seconds_upper"] == pytest.approx((means[0] - means[1] + spread) * DAY)
    assert with_["q_value"] == with_["p_value"]
    assert without["p_value"] is None

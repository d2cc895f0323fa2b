"""Chain-ladder against the published figures of the Taylor/Ashe triangle, and against simulated cohorts."""

from math import log, sqrt

import numpy as np
import pytest

from dagster_project.statistics.chain_ladder import BackTest, back_test, complete

NAN = float("nan")
# G. Taylor & F. Ashe (1983), Journal of Econometrics 23:37-61; reserves and errors from T. Mack (1993).
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
RESERVES = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811]
ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]


def square(rows: list[list[float]]) -> np.ndarray:
    width = max(len(row) for row in rows)
    return np.array([row + [NAN] * (width - len(row)) for row in rows], dtype=np.float64)


def test_reserves_and_errors_are_the_published_ones() -> None:
    triangle = square(TAYLOR_ASHE)
    completion = complete(triangle)
    latest = np.array([row[-1] for row in TAYLOR_ASHE])
    assert completion.values[:, -1] - latest == pytest.approx(RESERVES, abs=0.5)
    assert completion.errors[:, -1] == pytest.approx(ERRORS, abs=0.5)


def closed_form_error(triangle: np.ndarray, cohort: int) -> float:
    """Mack (1993), theorem 3, written out for one cohort of a regular triangle."""
    periods = triangle.shape[1]
    factors, variances, sums = [], [], []
    for k in range(periods - 1):
        rows = range(periods - 1 - k)
        before, after = triangle[rows, k], triangle[rows, k + 1]
        factors.append(after.sum() / before.sum())
        sums.append(before.sum())
        if len(before) > 1:
            variances.append(sum(before * (after / before - factors[k]) ** 2) / (len(before) - 1))
        else:
            variances.append(min(variances[-1] ** 2 / variances[-2], variances[-1], variances[-2]))
    first = periods - 1 - cohort
    values = {first: triangle[cohort, first]}
    for k in range(first, periods - 1):
        values[k + 1] = values[k] * factors[k]
    terms = (
        variances[k] / factors[k] ** 2 * (1 / values[k] + 1 / sums[k]) for k in range(first, periods - 1)
    )
    return float(values[periods - 1] * np.sqrt(sum(terms)))


def test_the_recursion_agrees_with_the_closed_form() -> None:
    triangle = square(TAYLOR_ASHE)
    errors = complete(triangle).errors[:, -1]
    for cohort in range(1, 10):
        assert errors[cohort] == pytest.approx(closed_form_error(triangle, cohort), rel=1e-9)


def test_a_small_triangle_by_hand() -> None:
    """f = (15 + 18) / (10 + 12), then 24 / 15; the first varies by 10 (1.5 - 1.5)² + 12 (1.5 - 1.5)² = 0."""
    completion = complete(square([[10, 15, 24], [12, 18], [20]]))
    assert completion.factors == pytest.approx([1.5, 1.6])
    assert completion.values[1:, 2] == pytest.approx([28.8, 48])
    assert completion.values[2, 1] == pytest.approx(30)
    assert completion.errors[2, 1] == 0
    # One pair of periods before shows no variance of the last factor.
    assert np.isnan(completion.errors[1, 2])


def test_counts_vary_at_least_as_chance_has_it() -> None:
    """Equal cohorts: variance parameter f - 1 = 0.5, error² = 20² * 0.5 * (1 / 20 + 1 / 22)."""
    triangle = square([[10, 15], [12, 18], [20]])
    assert complete(triangle).errors[2, 1] == 0
    expected = np.sqrt(20**2 * 0.5 * (1 / 20 + 1 / 22))
    assert complete(triangle, is_count=True).errors[2, 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rows", "is_count", "variance", "total"),
    [
        ([[10, 10], [12, 12], [20]], True, 1 / 44, 22),
        ([[10, 20, 20], [30, 40, 40], [5, 15]], False, 100 / 120, 60),
    ],
)
def test_where_nothing_came_half_an_increment_might_have(
    rows: list[list[float]], is_count: bool, variance: float, total: float
) -> None:
    """Of one person, or of the ten that all increments had, among all that were followed."""
    before = rows[-1][-1]
    expected = np.sqrt(before**2 * variance * (1 / before + 1 / total))
    completion = complete(square(rows), is_count)
    assert completion.values[2, -1] == before
    assert completion.errors[2, -1] == pytest.approx(expected)


def test_the_interval_is_log_normal_with_that_mean_and_error() -> None:
    completion = complete(square(TAYLOR_ASHE))
    lower, upper = completion.interval()
    mean, error = completion.values[9, 9], completion.errors[9, 9]
    sigma = np.sqrt(np.log(1 + (error / mean) ** 2))
    assert np.log(upper[9, 9] / lower[9, 9]) == pytest.approx(2 * 1.959964 * sigma, rel=1e-6)
    assert np.exp(np.log(lower[9, 9] * upper[9, 9]) / 2 + sigma**2 / 2) == pytest.approx(mean, rel=1e-9)


def test_what_nobody_has_shown_stays_unknown() -> None:
    completion = complete(np.array([[5, 8, NAN], [6, NAN, NAN]]))
    assert completion.values[0, 1:2] == pytest.approx([8])
    assert completion.values[1, 1] == pytest.approx(9.6)
    assert np.isnan(completion.values[:, 2]).all()
    nothing = complete(np.array([[0.0, 0.0], [0.0, NAN]]))
    assert np.isnan(nothing.values[1, 1])


def test_a_cohort_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="known up to a period"):
        complete(np.array([[1.0, NAN, 3.0]]))


def test_a_back_test_hides_the_latest_periods_of_all() -> None:
    """Cohorts grow alike but for one: of two cells that older cohorts project, one does not fit."""
    regular = square([[10, 20, 30, 40], [10, 20, 30], [10, 20], [10]])
    assert back_test(regular[:1]) == BackTest(0, 0, None, None)
    found = back_test(regular, is_count=True, latest=1)
    assert found == BackTest(2, 2, 1, 2)
    odd = square([[10, 20, 30, 40], [10, 20, 30], [10, 90], [10]])
    found = back_test(odd, is_count=True, latest=1)
    assert (found.cells, found.covered) == (2, 1)


def one_step_distances(triangle: np.ndarray) -> dict[int, float]:
    """By cohort whose last known count is hidden: |ln C - mean| / error, worked out cell by cell."""
    found = {}
    last = {row: int((~np.isnan(values)).sum()) - 1 for row, values in enumerate(triangle)}
    for row, column in last.items():
        pairs = [
            (triangle[other, column - 1], triangle[other, column])
            for other in last
            if other != row and last[other] > column
        ]
        if column < 1 or not pairs:
            continue
        total = sum(before for before, _ in pairs)
        factor = sum(after for _, after in pairs) / total
        variance = factor - 1
        if len(pairs) > 1:
            spread = sum(before * (after / before - factor) ** 2 for before, after in pairs)
            variance = max(variance, spread / (len(pairs) - 1))
        before = triangle[row, column - 1]
        error = sqrt(before**2 * variance * (1 / before + 1 / total))
        projected = before * factor
        on_logs = log(1 + (error / projected) ** 2)
        gap = log(triangle[row, column]) - (log(projected) - on_logs / 2)
        found[row] = abs(gap) / sqrt(on_logs)
    return found


def test_intervals_that_held_too_little_are_as_much_wider_as_held_the_cells() -> None:
    """Three of six cells lie outside; the factor is the largest distance over 1.96, as six are below 19."""
    triangle = square(
        [[100, 200, 260], [100, 210, 280], [100, 240, 200], [100, 330], [100, 90], [100, 205], [100, 215]]
    )
    triangle = np.where(np.arange(3) < [[3], [3], [3], [2], [2], [2], [2]], triangle, NAN)
    distances = one_step_distances(triangle)
    found = back_test(triangle, is_count=True, latest=1)
    assert found.cells == len(distances)
    assert found.covered == sum(value <= 1.959964 for value in distances.values()) < 0.9 * found.cells
    assert found.factor == pytest.approx(max(distances.values()) / 1.959963985, rel=1e-9)
    after = sum(
        own <= max([1.959963985, *(value for other, value in distances.items() if other != row)])
        for row, own in distances.items()
    )
    assert found.covered_after == after == found.cells - 1
    lower, upper = complete(triangle, is_count=True).interval()
    wide_lower, wide_upper = complete(triangle, is_count=True).interval(found.factor)
    widths = np.log(upper[3, 2] / lower[3, 2]), np.log(wide_upper[3, 2] / wide_lower[3, 2])
    assert widths[1] == pytest.approx(widths[0] * found.factor, rel=1e-9)


def test_of_many_cells_the_one_in_twenty_farthest_is_left_out() -> None:
    """Of 40 cells the 39th, ceil(0.95 · 41), in order of their distance decides."""
    growth = [200.0] * 32 + [150, 140, 130, 120, 500, 600, 700, 800]
    triangle = np.array([[100.0, 200, 300]] * 3 + [[100.0, value, NAN] for value in growth])
    distances = one_step_distances(triangle)
    own = sorted(value for row, value in distances.items() if row >= 3)
    found = back_test(triangle[:, :2], is_count=True, latest=1)
    assert found.cells == 0
    found = back_test(triangle, is_count=True, latest=1)
    assert (found.cells, len(own)) == (40, 40)
    assert found.factor == pytest.approx(own[38] / 1.959963985, rel=1e-9)


def test_widened_intervals_hold_more_of_what_is_to_come() -> None:
    """Eight cohorts of six periods that grow unevenly: Mack's intervals hold 86 %, the widened 91 %."""
    random = np.random.default_rng(1)
    cohorts, periods = 8, 6
    narrow = wide = cells = 0
    for _ in range(150):
        first = np.exp(random.normal(4, 0.5, cohorts))
        growth = 1 + random.lognormal(-1, 1.5, (cohorts, periods - 1)) * 0.6 ** np.arange(periods - 1)
        truth = np.column_stack([first, first[:, None] * growth.cumprod(axis=1)])
        hidden = truth.copy()
        for late in range(1, periods):
            hidden[cohorts - late, periods - late :] = NAN
        completion, tested = complete(hidden), back_test(hidden)
        held = []
        for factor in (1.0, tested.factor or 1.0):
            lower, upper = completion.interval(factor)
            held.append(int(((lower <= truth) & (truth <= upper) & np.isnan(hidden)).sum()))
        narrow, wide, cells = narrow + held[0], wide + held[1], cells + int(np.isnan(hidden).sum())
    assert narrow / cells < 0.88
    assert wide / cells > 0.9


def test_no_width_holds_what_older_cohorts_leave_no_room_for() -> None:
    """Amounts that grew exactly alike have no error; where the next one did not, nothing can be said."""
    triangle = square([[10, 20, 30], [30, 60, 90], [50, 100, 150], [10, 25, 30], [10, 20], [10]])
    alike = np.vstack([triangle[:3], [[10, 25, NAN]], [[10, NAN, NAN]]])
    found = back_test(alike, latest=1)
    assert (found.cells, found.covered, found.factor) == (1, 0, None)
    assert found.covered_after is None


def test_intervals_of_counts_hold_what_they_say() -> None:
    """Cohorts of Poisson increments, one projected period: about 95 % of the next counts are inside."""
    random = np.random.default_rng(20261116)
    inside = 0
    for _ in range(400):
        increments = random.poisson([30, 20, 10], size=(30, 3))
        truth = increments.cumsum(axis=1).astype(np.float64)
        hidden = truth.copy()
        hidden[-1, 1:] = NAN
        lower, upper = complete(hidden, is_count=True).interval()
        inside += lower[-1, 1] <= truth[-1, 1] <= upper[-1, 1]
    assert 0.92 <= inside / 400 <= 0.985

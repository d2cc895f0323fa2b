"""No effect may be found where there can be none."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import wilson
from dagster_project.runtime.worker import worker
from dagster_project.statistics.results import Control

LANDMARK_DAYS, HORIZON_DAYS = 7, 30
SHUFFLES = 200
# A 95 % interval, less five points for its being an approximation and for persons with two or three journeys.
COVERAGE = 0.9
# Twenty thousand persons show a broken interval as well as all.
_JOURNEYS = f"""
    with persons as (
        select person_key from marts.dim_persons
        -- By the id, as keys are numbered in the order of arrival.
        where hash(person_id) % greatest(1, (select count(*) // 20000 from marts.dim_persons)) = 0
    ),
    journeys as (
        select journey_id, person_key, journey_number, entered_at, ended_at
        from marts.fct_journeys join persons using (person_key)
        where entered_at + interval {HORIZON_DAYS} day <= (select max(censored_at) from marts.fct_journeys)
    ),
    done as (
        select journey_id, micro_conversion, min(occurred_at) as occurred_at
        from marts.fct_micro_conversions join journeys using (journey_id)
        where occurred_at <= entered_at + interval {LANDMARK_DAYS} day
        group by all
    ),
    -- The one that splits the journeys most evenly has the most power.
    chosen as (
        select micro_conversion from done
        group by micro_conversion
        order by abs(count(*) / (select count(*) from journeys) - 0.5), micro_conversion
        limit 1
    )
    select
        person_key,
        coalesce(epoch(done.occurred_at - entered_at) / 86400, 'nan') as micro_after,
        coalesce(epoch(ended_at - entered_at) / 86400, 'nan') as converted_after,
        (select micro_conversion from chosen) as micro_conversion,
    from journeys
    left join (select * from done where micro_conversion in (from chosen)) as done using (journey_id)
    order by person_key, journey_number, journey_id
"""
# Equal data are shuffled equally; other data, and each day's, otherwise.
_SEED = "select coalesce(max(censored_at)::date - date '1970-01-01', 0) from marts.fct_journeys"


def _shuffled(context: CheckContext) -> CheckOutcome:
    columns = context.connection.execute(_JOURNEYS).fetchnumpy()
    n = len(columns["person_key"])
    [(seed,)] = context.rows(_SEED)
    control: Control | None = worker.call(
        "dagster_project.statistics.controls:shuffled_control",  # see evaluators.py
        columns["person_key"],
        columns["micro_after"],
        columns["converted_after"],
        LANDMARK_DAYS,
        HORIZON_DAYS,
        SHUFFLES,
        int(seed),
    )
    source = "95 % intervals, less 5 points for their being approximate"
    if control is None:
        return CheckOutcome(Status.EMPTY, "too few conversions.", n, "none", source, band=(COVERAGE, 1.0))
    share = control.covering / control.shuffles
    bounds = wilson(control.covering, control.shuffles)
    return CheckOutcome(
        status=Status.WARN if bounds[1] < COVERAGE else Status.PASSED,
        summary=(
            f"With {columns['micro_conversion'][0]} shuffled, {share:.0%} of the intervals hold 1; the "
            f"median ratio is {control.ratio:.2f} ({control.lower:.2f} to {control.upper:.2f})."
        ),
        subject=str(columns["micro_conversion"][0]),
        n=control.shuffles,
        figure=share,
        interval=bounds,
        band=(COVERAGE, 1.0),
        band_source=source,
        chart=charts.table(
            ["", "shuffles", "share", "interval `=` in band `[ ]`"],
            [("hold 1", control.shuffles, f"{share:.1%}", charts.interval(share, bounds, (COVERAGE, 1.0)))],
        ),
    )


SHUFFLED = Check(
    name="a_shuffled_micro_conversion_has_no_effect",
    asset=("marts", "fct_micro_conversions"),
    severity=Status.WARN,
    description=(
        "Negative control: with a micro-conversion assigned to persons at random, with the same timing and a "
        "seed from the date until which data are known, the "
        f"ratio of conversion with it to without it (landmark {LANDMARK_DAYS} days, to day {HORIZON_DAYS}) "
        "has an interval that holds 1."
    ),
    tolerance=(
        f"The interval of the share of {SHUFFLES} shuffles that hold 1 reaches 90 %. A warning: it says that "
        "intervals over journeys are too narrow, not that a figure is wrong."
    ),
    evaluate=_shuffled,
)

CHECKS = (SHUFFLED,)

"""Stage transitions of persons known when they entered the stage: how likely, and how long they take."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np

from dagster_project.simulator.journey_truth import STAGES
from dagster_project.statistics.survival import Incidence, cumulative_incidence
from tests.truth_worlds.figures.persons import END
from tests.truth_worlds.outcome import Outcome, bounds

TRUTH = """
    select
        epoch(coalesce(least(reached_at, exited_at), reached_at, exited_at, {end}) - entered_at) as seconds,
        case
            when reached_at <= coalesce(exited_at, reached_at) then 1 when exited_at is not null then 2 else 0
        end as cause
    from (
        select entered_at::timestamp as entered_at, reached_at::timestamp as reached_at,
            exited_at::timestamp as exited_at
        from truth.{seen}stage_transitions as transitions
        join truth.known_acts as known
            on transitions.person_id = known.person_id and transitions.entered_at = known."at"
        semi join newcomers on transitions.person_id = newcomers.person_id
        where not was_beyond and from_stage = '{stage}' and is_known
    )
"""


OUTCOMES = """
    select seconds, case outcome when 'reached' then 1 when 'left' then 2 else 0 end as cause
    from warehouse.intermediate.int_stage_transition_follow_up
    where from_stage = '{stage}' and person_population = 'known' and not is_left_truncated
        and outcome is distinct from 'was_beyond'
"""
RESAMPLES = 200


def transitions(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """What sources can see, and within its bounds the share of all persons that has reached the next stage.

    The interval of a median is that of resampled persons, as none is published.
    """
    published = connection.execute(
        "select from_stage, persons_at_risk, reached, probability, lower, upper, median_seconds"
        " from warehouse.marts.rpt_stage_transitions where person_population = 'known'"
    ).fetchall()
    for stage, n, reached, probability, lower, upper, median in sorted(
        published, key=lambda row: STAGES.index(row[0])
    ):
        seen = connection.execute(TRUTH.format(stage=stage, end=END, seen="seen_")).fetchnumpy()
        done = connection.execute(TRUTH.format(stage=stage, end=END, seen="")).fetchnumpy()
        true = _reached(*seen.values())
        if true is None or lower is None:
            continue
        name = f"{stage} to the next stage"
        yield Outcome(name, n, probability, true.probability, lower, upper)
        figure = f"{stage} to {STAGES[STAGES.index(stage) + 1]}"
        share = float((done["cause"] == 1).mean())
        yield from bounds(connection, name, share, "rpt_stage_transitions", figure)
        outcomes = connection.execute(OUTCOMES.format(stage=stage)).fetchnumpy()
        early, late = _median_interval(*outcomes.values())
        yield Outcome(
            f"{stage}: days to the next stage, median",
            reached,
            *(value / 86_400 for value in (median, true.median or 0, early, late)),
        )


def _reached(seconds: Any, causes: Any) -> Incidence | None:
    found = cumulative_incidence(np.floor(seconds), causes, np.ones(len(causes)))
    return next((one for one in found if one.cause == 1), None)


def _median_interval(seconds: Any, causes: Any) -> tuple[float, float]:
    generator = np.random.default_rng(1)
    medians = []
    for _ in range(RESAMPLES):
        chosen = generator.integers(0, len(causes), len(causes))
        resampled = _reached(seconds[chosen], causes[chosen])
        if resampled is not None and resampled.median is not None:
            medians.append(resampled.median)
    lower, upper = np.quantile(medians, (0.025, 0.975))
    return float(lower), float(upper)


FIGURES = (transitions,)

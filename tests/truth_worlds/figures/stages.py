"""Stage transitions of persons known when they entered the stage: how likely, and how long they take."""

from collections.abc import Iterator
from math import sqrt

import duckdb
import numpy as np

from dagster_project.simulator.journey_truth import STAGES
from dagster_project.statistics.survival import cumulative_incidence
from tests.truth_worlds.figures.persons import END
from tests.truth_worlds.outcome import Outcome

TRUTH = """
    select
        epoch(coalesce(least(reached_at, exited_at), reached_at, exited_at, {end}) - entered_at) as seconds,
        case
            when reached_at <= coalesce(exited_at, reached_at) then 1 when exited_at is not null then 2 else 0
        end as cause
    from (
        select entered_at::timestamp as entered_at, reached_at::timestamp as reached_at,
            exited_at::timestamp as exited_at
        from truth.stage_transitions as transitions
        join truth.known_acts as known
            on transitions.person_id = known.person_id and transitions.entered_at = known."at"
        where not was_beyond and from_stage = '{stage}' and is_known
    )
"""


def transitions(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """The published interval of a median is that of its rank among the durations of those who moved on."""
    published = connection.execute(
        "select from_stage, persons_at_risk, reached, probability, lower, upper, median_seconds"
        " from warehouse.marts.rpt_stage_transitions where person_population = 'known'"
    ).fetchall()
    for stage, n, reached, probability, lower, upper, median in sorted(
        published, key=lambda row: STAGES.index(row[0])
    ):
        rows = connection.execute(TRUTH.format(stage=stage, end=END)).fetchnumpy()
        seconds, causes = rows.values()
        found = {
            one.cause: one for one in cumulative_incidence(np.floor(seconds), causes, np.ones(len(causes)))
        }
        if 1 not in found or lower is None:
            continue
        true = found[1]
        yield Outcome(f"{stage} to the next stage", n, probability, true.probability, lower, upper)
        [(early, late)] = connection.execute(
            "select quantile_cont(seconds, greatest(0, 0.5 - $half)),"
            " quantile_cont(seconds, least(1, 0.5 + $half))"
            " from warehouse.intermediate.int_stage_transition_outcomes"
            " where from_stage = $stage and person_population = 'known' and outcome = 'reached'",
            {"stage": stage, "half": 0.98 / sqrt(reached)},
        ).fetchall()
        if true.median is not None:
            yield Outcome(
                f"{stage}: days to the next stage, median",
                reached,
                *(value / 86_400 for value in (median, true.median, early, late)),
            )


FIGURES = (transitions,)

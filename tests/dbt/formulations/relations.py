"""How the dispatched macros over relations and groups are called on made-up acts, and what is compared."""

from tests.dbt.formulations.dispatched import formulations
from tests.dbt.formulations.store import KINDS

WINDOW = 86_400
# One row an act: each kind is one step.
PLAIN_STEPS = (
    "(select *, (occurred_at, event_rank, event_id) as act_position, case kind "
    + " ".join(f"when '{kind}' then {step}" for step, kind in enumerate(KINDS[:4], start=1))
    + " end as step_number from {acts} where kind <> 'buy')"
)
# Of two sources; some acts have no position in theirs.
ACTS_OF_SOURCES = (
    "(select *, kind in ('open', 'click') as source, nullif(event_id * 7919 % 5, 0) as source_position"
    " from {acts})"
)
REACHED = "event_id, person_key, step_number"

# Name, or name and case after a slash: the arguments of the formulation, and the columns that are compared.
CALLS: dict[str, tuple[str, str]] = {
    "sessionize": (
        "'{acts}', 30, 24, {ordered}, true",
        "event_id, person_key, session_id, session_event_number",
    ),
    "sessionize/unguarded": (
        "'{acts}', 30, 24, {ordered}, false",
        "event_id, session_id, session_event_number",
    ),
    "number_journeys": (
        "'{acts}', {ordered}, true",
        "event_id, person_key, kind, journey_id, is_entry, is_first_journey, act_position",
    ),
    "transitions": (
        "'{acts}', ['kind', 'occurred_at'], ['kind'], ['kind'], {ordered}, true",
        "event_id, kind, has_previous, previous_kind, previous_occurred_at, next_kind, number_in_kind",
    ),
    "place_simultaneous_events": (f'"{ACTS_OF_SOURCES}"', "event_id, place_in_instant"),
    "active_periods/week": ("'{acts}', 'week', {ordered}, true", "person_key, cohort_start, block, periods"),
    "active_periods/month": (
        "'{acts}', 'month', {ordered}, true",
        "person_key, cohort_start, block, periods",
    ),
    "retention": ("'masks'", "cohort_start, period_number, active"),
    "persons_not_contiguous": ("'{acts}'", "person_key, places"),
    "acts_out_of_physical_order": ("'{acts}'", "person_key, event_id"),
    "connected_components": ("'nodes', 'edges'", "node, component"),
    "whole_numbers": ("'(select last from lasts)'", "number"),
    "funnel_steps/gaps": (
        "'step_events', 'entries', 'moves', none, 4, false, true",
        f"sequence_id, {REACHED}",
    ),
    "funnel_steps/window": (
        "'step_events', 'entries', 'moves', 86400, 4, false, true",
        f"sequence_id, {REACHED}",
    ),
    "funnel_steps/plain": (f'"{PLAIN_STEPS}", none, none, none, 4, {{ordered}}, true', REACHED),
    "funnel_steps/plain window": (f'"{PLAIN_STEPS}", none, none, {WINDOW}, 4, {{ordered}}, true', REACHED),
}
# Aggregates over the acts of a person, with the columns of `steps_of_paths`.
AGGREGATES = {
    "ordered_path": "'kind', 'position', 'is_immediate_repeat'",
    "joined_text": "'kind', ' > ', 'position'",
    "distinct_text": "'kind', ', '",
    "sorted_list": "'kind'",
}
CALLS |= {name: (arguments, "person_key, value") for name, arguments in AGGREGATES.items()}
CALLS |= {"act_order": ("''", "event_id, number")}
# Statements give no rows; they have tests of their own.
STATEMENTS = {
    "create_enum", "widen_event_names",
    "create_schema_if_missing", "drop_schema", "replace_table_as", "append_rows",
}  # fmt: skip
# What a build cannot do without: tests of whole builds try it, on both engines.
OF_BUILDS = {"has_incremental_builds", "identifier_node", "new_person_key"}


def compiled_calls() -> dict[str, str]:
    """Every formulation of every call, over acts in physical order (DuckDB's alone) and as they arrived."""
    calls = {}
    for key, (arguments, _) in CALLS.items():
        name = key.partition("/")[0]
        for prefix in formulations(name):
            for acts in ("arrived", "stored") if prefix == "duckdb" else ("arrived",):
                given = arguments.replace("{acts}", acts).replace("{ordered}", str(acts == "stored").lower())
                calls[f"{prefix} {key} {acts}"] = f"milepost.{prefix}__{name}({given})"
    return calls


def query(key: str, compiled: str) -> str:
    """A query over what a call gave: rows, a value per group, or an order of acts."""
    if key in AGGREGATES:
        return f"select person_key, {compiled} as value from steps_of_paths group by person_key"
    if key == "act_order":
        return f"select event_id, row_number() over (order by {compiled}) as number from arrived"
    return f"select * from {compiled}" if compiled.startswith("(") else compiled

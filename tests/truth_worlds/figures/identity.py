"""Pairs of identifiers: taken for one person and one person, as `tests.benchmarks.identity` counts them."""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.outcome import Outcome

LEAST_PRECISION, LEAST_RECALL = 0.98, 0.54
# How much can be found depends on how many ever say who they are.
LISTED = "the bar is that of worlds without a share of web-first persons"
OWNED = """
    with seen as (
        select 'contact_key' as kind, contact_key as identifier from warehouse.intermediate.int_events
        union
        select 'client_id', client_id from warehouse.intermediate.int_events
    ),
    owned as (
        select i.person_key, i.identifier_kind as kind, i.identifier, list(o.person_id) as owners,
            bool_or(o.kind like 'shared%') as is_shared
        from warehouse.intermediate.int_person_identifiers as i
        join truth.identifiers as o
            on i.identifier = o.value and i.identifier_kind = replace(o.kind, 'shared_', '')
        join seen on i.identifier_kind = seen.kind and i.identifier = seen.identifier
        group by all
    )
"""


def identity(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Precision and recall; the interval is what must be held."""
    for name, least, reason, query in (
        (
            "pairs taken for one person that are",
            LEAST_PRECISION,
            "",
            """
            select count(*), count_if(list_has_any(a.owners, b.owners))
            from owned as a
            join owned as b on a.person_key = b.person_key and (a.kind, a.identifier) < (b.kind, b.identifier)
            """,
        ),
        (
            "pairs of one person that are taken for one",
            LEAST_RECALL,
            LISTED,
            """
            select count(*), count_if(a.person_key = b.person_key)
            from (select unnest(owners) as owner, * from owned where not is_shared) as a
            join (select unnest(owners) as owner, * from owned where not is_shared) as b
                on a.owner = b.owner and (a.kind, a.identifier) < (b.kind, b.identifier)
            """,
        ),
    ):
        [(pairs, right)] = connection.execute(OWNED + query).fetchall()
        share = right / pairs
        yield Outcome(name, pairs, share, share, least, 1.0, reason)


FIGURES = (identity,)

"""Pairs of identifiers: taken for one person and one person, as `tests.benchmarks.identity` counts them."""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.outcome import Outcome

LEAST_PRECISION, LEAST_FOUND = 0.98, 0.95
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


PAIRS = {
    "pairs taken for one person that are": (
        LEAST_PRECISION,
        """
        select count(*), count_if(list_has_any(a.owners, b.owners))
        from owned as a
        join owned as b on a.person_key = b.person_key and (a.kind, a.identifier) < (b.kind, b.identifier)
        """,
    ),
    # How many browsers ever show an address is a property of the world, and not of what is made of it.
    "browsers and own addresses that they showed, taken for one": (
        LEAST_FOUND,
        """
        select count(*), count_if(a.person_key = b.person_key)
        from (
            select distinct hits.client_id, hits.contact_key
            from world.web_events as hits
            join truth.identifiers as own on own.kind = 'contact_key' and hits.contact_key = own.value
                and hits.person_id = own.person_id
            where hits.client_id is not null
        ) as met
        join owned as a on a.kind = 'client_id' and met.client_id = a.identifier
        join owned as b on b.kind = 'contact_key' and met.contact_key = b.identifier
        """,
    ),
}


def identity(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Precision, and what is found of what can be; the interval is what must be held."""
    for name, (least, query) in PAIRS.items():
        [(pairs, right)] = connection.execute(OWNED + query).fetchall()
        share = right / pairs
        yield Outcome(name, pairs, share, share, least, 1.0)


FIGURES = (identity,)

"""Completion rates over persons known at their exposure, and the sign-ups of those who were not.

The published rate is held against what sources can see, its bounds against all that was done.
"""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.catalogue import counts_as
from tests.truth_worlds.figures.persons import END
from tests.truth_worlds.outcome import Outcome, bounds, one, rate

# What counts, what exposes a person to it, and the days in which it counts.
RATES = (
    ("product_page_visit", "site_visit", 30),
    ("pricing_page_visit", "site_visit", 30),
    ("resource_download", "site_visit", 30),
    ("cart_add", "product_page_visit", 30),
    ("checkout_start", "cart_add", 7),
)
VISITS = """
    select person_id, min(started_at) as exposed_at from truth.{seen}sessions where web_acts > 0 group by all
"""
ACTS = """
    select person_id, min(acts."at") as exposed_at from truth.{seen}journey_acts as acts
    where micro_conversion in {labels} group by all
"""
PUBLISHED = """
    select eligible, rate, lower, upper from warehouse.marts.rpt_completion_rates
    where micro_conversion = '{label}' and slice_type = 'overall' and person_population = '{population}'
        and eligible > 0
"""
# Of each unit that a source would count, whether anybody signed up on it.
SIGN_UPS = f"""
    with hits as (from world.web_events join truth.known_units using (person_id, client_id)),
    units as (
        select unit, min("at") as exposed_at, min_by(is_known, "at") as is_known
        from hits join truth.known_acts using (person_id, "at")
        group by unit
    )
    select avg(exists(
        from hits
        where hits.unit = units.unit and hits.micro_conversion = 'newsletter_signup'
            and hits."at" between exposed_at and exposed_at + interval 30 day
    )::integer)
    from units where not is_known and (exposed_at + interval 30 day)::timestamp <= {END}
"""


def completion(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Each of `RATES` over the known, and sign-ups over the others."""
    for label, exposure, days in RATES:
        name = f"{label} after {exposure}, known"
        published = PUBLISHED.format(label=label, population="known")
        yield from rate(connection, name, published, _truth(label, exposure, days, "seen_"))
        truth = one(connection, _truth(label, exposure, days, ""))
        yield from bounds(connection, name, truth, "rpt_completion_rates", label)
    yield from rate(
        connection,
        "newsletter_signup after site_visit, web first",
        PUBLISHED.format(label="newsletter_signup", population="device"),
        SIGN_UPS,
    )


def _truth(label: str, exposure: str, days: int, seen: str) -> str:
    exposed = VISITS if exposure == "site_visit" else ACTS
    return f"""
        with exposed as ({exposed.format(labels=_labels(exposure), seen=seen)})
        select avg(exists(
            from truth.{seen}journey_acts as a
            where a.person_id = exposed.person_id
                and a.micro_conversion in {_labels(label)}
                and a."at" between exposed_at and exposed_at + interval {days} day
        )::integer)
        from exposed
        join truth.known_acts as known
            on exposed.person_id = known.person_id and exposed.exposed_at = known."at"
        where is_known and (exposed_at + interval {days} day)::timestamp <= {END}
    """


def _labels(micro_conversion: str) -> str:
    return str(tuple(sorted(counts_as(micro_conversion)))).replace(",)", ")")


FIGURES = (completion,)

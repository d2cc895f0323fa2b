"""Completion rates over persons known at their exposure, and the sign-ups of those who were not."""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.catalogue import counts_as
from tests.truth_worlds.figures.persons import END
from tests.truth_worlds.outcome import OTHERS, Outcome, rate

# What counts, what exposes a person to it, and the days in which it counts.
RATES = (
    ("product_page_visit", "site_visit", 30),
    ("pricing_page_visit", "site_visit", 30),
    ("resource_download", "site_visit", 30),
    ("cart_add", "product_page_visit", 30),
    ("checkout_start", "cart_add", 7),
)
VISITS = """
    select person_id, min(started_at) as exposed_at from truth.sessions where web_acts > 0 group by all
"""
ACTS = """
    select person_id, min(acts."at") as exposed_at from truth.journey_acts as acts
    where micro_conversion in {labels} group by all
"""
PUBLISHED = """
    select eligible, rate, lower, upper from warehouse.marts.rpt_completion_rates
    where micro_conversion = '{label}' and slice_type = 'overall' and person_population = '{population}'
        and eligible > 0
"""
# What the sources can tell of visitors unknown to them: of each browser, whether anybody signed up on it.
SIGN_UPS_BY_BROWSER = f"""
    with browsers as (
        select client_id, min(hits."at") as exposed_at, min_by(is_known, hits."at") as is_known
        from world.web_events as hits join truth.known_acts using (person_id, "at")
        where client_id is not null
        group by client_id
    )
    select avg(exists(
        from world.web_events as hits
        where hits.client_id = browsers.client_id and hits.micro_conversion = 'newsletter_signup'
            and hits."at" between exposed_at and exposed_at + interval 30 day
    )::integer)
    from browsers where not is_known and (exposed_at + interval 30 day)::timestamp <= {END}
"""


def completion(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Each of `RATES` over the known, and sign-ups over the others: true persons, and published browsers."""
    for label, exposure, days in RATES:
        yield from _rate(connection, label, exposure, days, "known")
    yield from _rate(connection, "newsletter_signup", "site_visit", 30, "device", OTHERS)
    yield from rate(
        connection,
        "newsletter_signup after site_visit, browsers",
        PUBLISHED.format(label="newsletter_signup", population="device"),
        SIGN_UPS_BY_BROWSER,
        OTHERS,
    )


def _rate(
    connection: duckdb.DuckDBPyConnection,
    label: str,
    exposure: str,
    days: int,
    population: str,
    reason: str = "",
) -> Iterator[Outcome]:
    exposed = VISITS if exposure == "site_visit" else ACTS.format(labels=_labels(exposure))
    condition = "is_known" if population == "known" else "not is_known"
    return rate(
        connection,
        f"{label} after {exposure}, {population}",
        PUBLISHED.format(label=label, population=population),
        f"""
        with exposed as ({exposed})
        select avg(exists(
            from truth.journey_acts as a
            where a.person_id = exposed.person_id
                and a.micro_conversion in {_labels(label)}
                and a."at" between exposed_at and exposed_at + interval {days} day
        )::integer)
        from exposed
        join truth.known_acts as known
            on exposed.person_id = known.person_id and exposed.exposed_at = known."at"
        where {condition} and (exposed_at + interval {days} day)::timestamp <= {END}
        """,
        reason,
    )


def _labels(micro_conversion: str) -> str:
    return str(tuple(sorted(counts_as(micro_conversion)))).replace(",)", ")")


FIGURES = (completion,)

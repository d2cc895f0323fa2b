"""The published bounds of open rates against every human read of the simulated world, by campaign."""

from dataclasses import dataclass

import duckdb

# Whether the marts take two addresses of one person for one recipient moves a share by less than this.
MARGIN = 0.005
# Reads within the window of the first send, of deliveries that the marts take for mature.
TRUE_RATES = """
    with windows as (
        select window_days as days from warehouse.staging.completion_populations
        where micro_conversion = 'email_open'
    ),
    deliveries as (
        select campaign_id, section_id, email, min("at") as sent_at
        from world.email_actions cross join windows
        where action = 'send'
        group by campaign_id, section_id, email, days
        having sent_at::timestamp + to_days(days)
            <= (select max(watermark_at) from warehouse.intermediate.int_data_watermark)
    ),
    bounced as (select distinct section_id, email from world.email_actions where action = 'bounce')
    select
        'smaily-' || deliveries.campaign_id as slice_value,
        count(*) as delivered,
        avg(coalesce(first_read_at <= sent_at + to_days(days), false)::int) as read,
        avg(coalesce(first_read_at <= sent_at + to_days(days) and (is_ever_seen or is_proxied), false)::int)
            as read_seen_ever,
        avg(coalesce(persons.uses_apple_mpp, false)::int) as proxied,
    from deliveries
    cross join windows
    left join truth.email_reads as reads using (section_id, email)
    left join world.persons using (email)
    where not exists (
        from bounced where bounced.section_id = deliveries.section_id and bounced.email = deliveries.email
    )
    group by all
"""


@dataclass(frozen=True)
class CampaignBounds:
    """One campaign: what is published, and its true share of readers.

    `read_seen_ever` leaves out people who are seen nowhere, neither in this e-mail nor in any other.
    """

    campaign: str
    delivered: int
    truly_delivered: int
    low: float
    estimate: float | None
    high: float
    width_proxy: float
    read: float
    read_seen_ever: float
    proxied: float

    @property
    def is_whole(self) -> bool:
        """Whether the source still has all its sends; a log that is cut has another population.

        Two addresses of a person that nothing joins are two recipients; of a hundred that may be two.
        """
        return abs(self.delivered - self.truly_delivered) <= max(2, 0.02 * self.truly_delivered)

    def contains(self, rate: float) -> bool:
        return self.low <= rate <= self.high


def open_bounds(connection: duckdb.DuckDBPyConnection, least: int = 30) -> list[CampaignBounds]:
    """Campaigns of at least so many deliveries; the connection is that of the comparison with the truth."""
    rows = connection.execute(
        f"""
        select slice_value, published.delivered, truth.delivered, low, estimate, high, width_privacy_proxy,
            coalesce(read, 0), coalesce(read_seen_ever, 0), proxied
        from warehouse.marts.rpt_open_rates as published
        inner join ({TRUE_RATES}) as truth using (slice_value)
        where slice_type = 'campaign' and published.delivered >= ?
        order by slice_value
        """,
        [least],
    ).fetchall()
    return [CampaignBounds(*row) for row in rows]

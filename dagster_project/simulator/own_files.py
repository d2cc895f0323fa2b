"""What the account's owner knows and no vendor gives, as files: what campaigns cost, what e-mails say."""

import csv
import io
from pathlib import Path
from typing import Any, Final

from dagster_project.simulator.simulation import Simulation

COSTS_FILE: Final = "campaign_costs.csv"
CONTENTS_FILE: Final = "email_contents.csv"

# Writing an e-mail, and 3 EUR per thousand recipients; of the last campaign no invoice has come yet.
_COSTS: Final = """
with sends as (
    select campaign_id, date_trunc('month', "at")::date as month, min("at")::date as day, count(*) as sends
    from email_actions
    where action = 'send' and "at" <= $now
    group by all
)

select
    campaigns.slug as campaign,
    sends.day,
    (case when campaigns.kind = 'flow' then 5 else 25 end + sends.sends * 0.003)::decimal(18, 2) as cost,
    'EUR' as currency
from sends
inner join campaigns using (campaign_id)
qualify campaigns.kind = 'flow' or sends.day < max(sends.day) over (partition by campaigns.kind)
order by sends.day, campaigns.slug
"""
_CONTENTS: Final = """
select
    sections.campaign_id,
    sections.variant,
    sections.preview_text,
    sections.cta_count,
    sections.cta_wording,
    count(distinct split_part(links.href, '?', 1)) filter (
        where links.role in ('cta', 'redeem_offer', 'product', 'quick_start')
    ) as cta_landing_pages,
    false as is_personalised
from sections
inner join campaigns using (campaign_id)
left join links using (campaign_id, section_id)
where campaigns.created_at <= $now
group by all
order by sections.campaign_id, sections.variant
"""


def environment(folder: Path) -> dict[str, str]:
    """The variables that name the files in `folder`."""
    return {
        "MILEPOST_CAMPAIGN_COSTS": str(folder / COSTS_FILE),
        "MILEPOST_EMAIL_CONTENTS": str(folder / CONTENTS_FILE),
    }


def files(simulation: Simulation) -> dict[str, str]:
    """Their texts by name."""
    now = {"now": simulation.clock.now}
    queries = {COSTS_FILE: _COSTS, CONTENTS_FILE: _CONTENTS}
    return {name: _csv(simulation.database.rows(query, now)) for name, query in queries.items()}


def _csv(rows: list[dict[str, Any]]) -> str:
    written = io.StringIO()
    if rows:
        writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return written.getvalue()

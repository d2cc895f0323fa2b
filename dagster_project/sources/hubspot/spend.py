"""What marketing campaigns cost by HubSpot: their budget and spend, and which e-mails they have."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from dagster_project.sources.core.errors import NotFoundError, PlanRequiredError
from dagster_project.sources.core.prefetch import map_concurrently
from dagster_project.sources.core.records import fields_of
from dagster_project.sources.core.stream import Page, Request
from dagster_project.sources.hubspot.client import Client
from dagster_project.sources.hubspot.crm import cursor_pages
from dagster_project.sources.hubspot.errors import TITLE

logger = logging.getLogger(__name__)

CONCURRENCY = 4
_PROPERTIES = ("hs_name", "hs_utm", "hs_currency_code")


class _Campaign(msgspec.Struct):
    id: str
    properties: dict[str, str | None] = {}


class _Asset(msgspec.Struct):
    id: int | str


def campaign_spend(client: Client, _: Request) -> Iterator[Page]:
    """One record for each campaign, also for those without any spend; one deleted meanwhile is left out.

    PlanRequiredError where HubSpot has no spend of any campaign, although they are there.
    """
    campaigns = {
        campaign.id: campaign
        for records in cursor_pages(
            "campaigns",
            lambda query: client.list_of_campaigns("", query),
            {"properties": ",".join(_PROPERTIES)},
        )
        for campaign in (fields_of(record, _Campaign, f"A campaign of {TITLE}") for record in records)
    }
    yield Page([])
    has_spend = False
    for page in map_concurrently(lambda id_: _spend(client, campaigns[id_]), sorted(campaigns), CONCURRENCY):
        has_spend = has_spend or bool(page.records)
        yield page
    if not has_spend and any(client.has_campaign(id_) for id_ in sorted(campaigns)):
        raise PlanRequiredError(
            f"{TITLE} has a list of campaigns and the spend of none of them (404); the stream is left out. "
            "Check that the portal's subscription includes budgets of campaigns, and the base URL."
        )


def _spend(client: Client, campaign: _Campaign) -> Page:
    try:
        records: Sequence[bytes] = client.read_budget(campaign.id)
    except NotFoundError:
        return Page([])
    context: dict[str, Any] = {
        "_campaign_id": campaign.id,
        "_campaign_name": campaign.properties.get("hs_name"),
        "_campaign_slug": campaign.properties.get("hs_utm"),
        "_campaign_currency": campaign.properties.get("hs_currency_code"),
        "_home_currency": client.home_currency,
        "_email_ids": ",".join(_emails(client, campaign.id)) or None,
    }
    return Page(records, context=context)


def _emails(client: Client, campaign: str) -> list[str]:
    """Ids of its e-mails, which are `contentId` of those in the list of sent ones.

    None where HubSpot does not have the list: what was spent is known all the same.
    """
    pages = cursor_pages(
        "e-mails of a campaign",
        lambda query: client.list_of_campaigns(f"/{campaign}/assets/MARKETING_EMAIL", query),
        {},
    )
    what = f"An e-mail of a campaign of {TITLE}"
    try:
        return sorted({str(fields_of(record, _Asset, what).id) for records in pages for record in records})
    except NotFoundError:
        logger.warning(
            "%s lists no e-mails of campaign %s (404); what was spent on it is a cost of the campaign "
            "that has its utm_campaign or name.",
            TITLE,
            campaign,
        )
        return []

"""HubSpot's streams, one per endpoint.

What is not established: whether a change of a deal's contacts always counts as a modification of the deal;
which of several contacts is the buyer (the first that HubSpot lists is taken); whether counters leave
filtered events out; whether a campaign without any spend has a total of 0 or none. Properties come as text,
times in them as ISO text or as milliseconds; ids as numbers or as text.
"""

from dagster_project.sources.core.stream import Column, Kind, Stream
from dagster_project.sources.hubspot import extraction
from dagster_project.sources.hubspot.crm_streams import CONTACTS, DEALS, INCOMING_EMAILS, PIPELINES, WON_DEALS
from dagster_project.sources.hubspot.spend import campaign_spend

EVENT_RESTATEMENT_DAYS = 3  # an event that is superseded is marked when the later one comes

_ID = Column("id", description="HubSpot's id.")


EMAIL_EVENTS = Stream(
    name="email_events",
    description="Events of marketing e-mails, by the UTC day on which they were created.",
    kind=Kind.WINDOW,
    columns=(
        _ID,
        Column("created", "BIGINT", description="When it happened, epoch milliseconds; unique with the id."),
        Column("type", description="SENT, DELIVERED, OPEN, CLICK, BOUNCE, STATUSCHANGE, SPAMREPORT …"),
        Column(
            "contact_key", path=("recipient",), pii="address", description="Contact key of the recipient."
        ),
        Column("campaign_id", path=("emailCampaignId",), description="The e-mail that was sent."),
        Column("app_id", path=("appId",), description="The tool that sent it."),
        Column("sent_by_id", path=("sentBy", "id"), description="The SENT event of the same e-mail."),
        Column(
            "obsoleted_by_id", path=("obsoletedBy", "id"), description="The event that supersedes this one."
        ),
        Column(
            "is_filtered", path=("filteredEvent",), description="true: left out of HubSpot's own reports."
        ),
        Column("subject", pii="text", description="Subject line of a SENT event."),
        Column("url", pii="text", description="Destination of a click."),
        Column(
            "user_agent", path=("userAgent",), pii="text", description="User agent of an open or a click."
        ),
        Column("ip_address", path=("ipAddress",), description="IP address of an open or a click."),
        Column("browser_type", path=("browser", "type"), description="Proxy, Browser, Email client …"),
        Column("device_type", path=("deviceType",), description="COMPUTER, MOBILE, TABLET."),
        Column("country", path=("location", "country"), description="Country by IP address."),
        Column("bounce_category", path=("category",), description="Category of a bounce."),
        Column("bounce_status", path=("status",), description="SMTP status of a bounce."),
        Column("drop_reason", path=("dropReason",), description="Why an e-mail was not sent."),
        Column(
            "portal_subscription_status",
            path=("portalSubscriptionStatus",),
            description="STATUSCHANGE: UNSUBSCRIBED from every e-mail, or SUBSCRIBED.",
        ),
    ),
    natural_key=("id", "created"),
    extract=extraction.email_events,
    restatement_days=EVENT_RESTATEMENT_DAYS,
    time_column="created",
    unread=(
        "appName",
        "portalId",
        "hmid",
        "sendId",
        "causedBy",
        "smtpId",
        "from",
        "replyTo",
        "cc",
        "bcc",
        "dropMessage",
        "response",
        "attempt",
        "duration",
        "referer",
        "linkId",
        "source",
        "requestedBy",
        "requestedByUserId",
        "subscriptions",
        "bounced",
        "sentBy",
        "obsoletedBy",
        "browser",
        "location",
    ),
)

EMAIL_CAMPAIGNS = Stream(
    name="email_campaigns",
    description="E-mails that were sent, with HubSpot's own counters.",
    kind=Kind.SNAPSHOT,
    columns=(
        _ID,
        Column("app_id", path=("appId",), description="The tool that sent it."),
        Column("app_name", path=("appName",), description="Its name: Batch, AutomationPlatform …"),
        Column("name", description="The name given in HubSpot."),
        Column("subject", pii="text", description="Subject line."),
        Column("type", description="BATCH_EMAIL, AUTOMATED_EMAIL, …"),
        Column("content_id", path=("contentId",), description="The e-mail among the assets of campaigns."),
        Column("state", path=("processingState",), description="The vendor's word for how far it is sent."),
        Column(
            "finished_at", "BIGINT", path=("lastProcessingFinishedAt",), description="Epoch milliseconds."
        ),
        *(
            Column(f"{name}_count", "BIGINT", path=("counters", name), description=f"Counter `{name}`.")
            for name in (
                "sent",
                "delivered",
                "open",
                "click",
                "bounce",
                "spamreport",
                "unsubscribed",
                "reply",
            )
        ),
    ),
    natural_key=("id", "app_id"),
    extract=extraction.email_campaigns,
    unread=(
        "subType",
        "numIncluded",
        "numQueued",
        "lastProcessingStartedAt",
        "lastProcessingStateChangeAt",
        "scheduledAt",
        "counters",
    ),
)

SUBSCRIPTION_CHANGES = Stream(
    name="subscription_changes",
    description="Changes of what contacts agreed to be sent, by UTC day.",
    kind=Kind.WINDOW,
    columns=(
        Column("timestamp", "BIGINT", description="When it changed, epoch milliseconds."),
        Column("contact_key", path=("recipient",), pii="address", description="Contact key of the address."),
        Column("changes", "JSON", description="What changed: type, status, subscription, source."),
    ),
    natural_key=("timestamp", "contact_key"),
    extract=extraction.subscription_changes,
    restatement_days=1,
    span="range",
    time_column="timestamp",
    unread=("portalId", "normalizedEmailId"),
)

CAMPAIGN_SPEND = Stream(
    name="campaign_spend",
    description="Marketing campaigns with what was budgeted and spent, and the ids of their e-mails.",
    kind=Kind.SNAPSHOT,
    columns=(
        Column("campaign_id", path=("_campaign_id",), description="The campaign."),
        Column("campaign_name", path=("_campaign_name",), description="The name given in HubSpot."),
        Column("campaign_slug", path=("_campaign_slug",), description="Its utm_campaign."),
        Column("currency_code", path=("currencyCode",), description="ISO 4217 code of the amounts."),
        Column(
            "campaign_currency", path=("_campaign_currency",), description="Currency set in the campaign."
        ),
        Column("home_currency", path=("_home_currency",), description="Currency where none is named."),
        Column(
            "email_ids", path=("_email_ids",), description="Its e-mails by `content_id`, joined by commas."
        ),
        Column("budget_total", path=("budgetTotal",), description="Planned."),
        Column("spend_total", path=("spendTotal",), description="Spent."),
        Column("spend_items", "JSON", path=("spendItems",), description="Of that, amounts with their times."),
    ),
    natural_key=("campaign_id",),
    extract=campaign_spend,
    unread=("budgetItems", "remainingBudget"),
)

STREAMS = (
    EMAIL_EVENTS,
    EMAIL_CAMPAIGNS,
    CAMPAIGN_SPEND,
    SUBSCRIPTION_CHANGES,
    INCOMING_EMAILS,
    CONTACTS,
    DEALS,
    PIPELINES,
    WON_DEALS,
)

"""E-mails and campaigns against what their owner says of them."""

import duckdb

from tests.end_to_end.truth.compared import differences


def test_arms_of_ab_tests_have_their_own_subjects(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select emails.subject, emails.variant, count(*) as sent
        from warehouse.marts.fct_email_sends as sends
        inner join warehouse.marts.dim_emails as emails using (email_id)
        where emails.variant is not null and sends.sent_at is not null
        group by all
        """,
        """
        select sections.subject, sections.variant, count(*)
        from world.email_actions as actions
        inner join world.sections as sections using (section_id)
        where actions.action = 'send' and sections.variant is not null
        group by all
        """,
    )
    assert rows == []
    assert n > 1


def test_emails_say_what_their_owner_says_of_them(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select preview_text, cta_count, cta_wording from warehouse.marts.dim_emails
        where email_id in (select email_id from warehouse.marts.fct_email_sends)
            and campaign_key like 'smaily-%'
        """,
        """
        select distinct on (section_id) preview_text, cta_count, cta_wording from world.sections
        inner join world.email_actions using (section_id) where action = 'send'
        """,
    )
    assert rows == []
    assert n > 5


def test_campaigns_cost_what_their_owner_and_the_portal_say(db: duckdb.DuckDBPyConnection) -> None:
    n, rows = differences(
        db,
        """
        select distinct campaign_key, cost from warehouse.marts.rpt_return_on_investment
        where cost is not null
        """,
        """
        select coalesce('smaily-' || campaign_id, campaign), sum(cost)::decimal(38, 4)
        from others.costs left join world.campaigns on costs.campaign = campaigns.slug
        group by all
        """,
    )
    assert rows == []
    assert n > 5

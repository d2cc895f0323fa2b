"""The planted effects can be recovered with the ratios that table `effects` states."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

PLANTED = {"roi_calculator_use", "comparison_guide_download", "product_demo_video_view"}
DISTRACTORS = {"brand_story_video_view", "contest_entry", "case_study_download"}


def test_table_effects_lists_what_is_planted(sql):
    rows = sql.connection.execute("select kind, micro_conversion, odds_ratio from effects").fetchall()
    raising = {key for kind, key, ratio in rows if kind == "raises_purchase" and ratio > 1}
    idle = {key for kind, key, ratio in rows if kind == "distractor" and ratio == 1}
    assert raising == PLANTED | {"cart_recovery_click"}
    assert idle == DISTRACTORS
    assert {kind for kind, _, _ in rows} >= {"bottleneck", "ab_winner", "ab_null", "send_hour"}


def test_purchase_odds_ratios_are_recovered(large_sql):
    """Engaged visits on desktops and tablets, given the interest: estimates are near the stated ratios."""
    steps = sorted(PLANTED | DISTRACTORS)
    flags = ", ".join(f"(count(*) filter (micro_conversion = '{step}') > 0)::int as {step}" for step in steps)
    done = ", ".join(f"max({step}) over until_now as {step}" for step in steps)
    visits = large_sql.connection.execute(
        f"""
        with visits as (
            select person_id, ga_session_id, min(w.at) as started, any_value(interest) as interest,
                any_value(device_category) as device,
                bool_or(event_name = 'user_engagement') as is_engaged,
                bool_or(page like '/cart?%') as at_cart, bool_or(is_macro) as buys, {flags}
            from web_events w join persons using (person_id) where client_id is not null group by all
        )
        select buys::int as buys, interest, at_cart::int as at_cart, {done}, device, is_engaged
        from visits window until_now as (partition by person_id order by started)
        qualify is_engaged and device <> 'mobile'
        """
    ).df()
    columns = ["interest", "at_cart", *steps]
    fit = sm.Logit(visits["buys"], sm.add_constant(visits[columns].astype(float))).fit(disp=0)
    stated = dict(
        large_sql.connection.execute(
            "select micro_conversion, odds_ratio from effects where kind in ('raises_purchase', 'distractor')"
        ).fetchall()
    )
    for step in steps:
        distance = abs(fit.params[step] - np.log(stated[step])) / fit.bse[step]
        assert distance < 3.5, (step, float(np.exp(fit.params[step])))
        assert (fit.pvalues[step] < 1e-6) == (step in PLANTED)


def test_phones_lose_buyers_in_the_checkout(large_sql):
    rates = dict(
        large_sql.connection.execute(
            """
            select device_category,
                count(*) filter (is_macro) / count(*) filter (event_name = 'begin_checkout')
            from web_events group by all
            """
        ).fetchall()
    )
    assert rates["mobile"] < 0.5 * rates["desktop"]


@pytest.fixture
def arms(large_sql):
    """Per A/B test and variant: delivered, opened by humans, clicked by humans."""
    query = """
        with recipients as (
            select campaign_id, variant, email, bool_or(action = 'bounce') as is_bounced,
                bool_or(action in ('view', 'click') and not is_machine) as opens,
                bool_or(action = 'click' and not is_machine) as clicks,
            from email_actions join sections using (campaign_id, section_id)
            where campaign_id in (select campaign_id from ab_tests) group by all
        )
        select winner, variant, count(*), sum(opens::int), sum(clicks::int)
        from recipients join ab_tests using (campaign_id) where not is_bounced group by all
    """
    rows = large_sql.connection.execute(query).fetchall()
    return {(winner, variant): (n, int(opens), int(clicks)) for winner, variant, n, opens, clicks in rows}


def test_the_planted_winner_is_recovered_and_the_null_test_has_none(arms):
    def p_value(winner, metric):
        (n_a, *a), (n_b, *b) = arms[winner, "A"], arms[winner, "B"]
        return stats.fisher_exact([[a[metric], n_a - a[metric]], [b[metric], n_b - b[metric]]]).pvalue

    opens, clicks = 0, 1
    assert arms["B", "B"][2] / arms["B", "B"][0] > 1.7 * arms["B", "A"][2] / arms["B", "A"][0]
    assert p_value("B", clicks) < 1e-6
    assert p_value("B", opens) > 0.001 or arms["B", "B"][1] > arms["B", "A"][1]  # a click implies an open
    assert p_value(None, opens) > 0.01
    assert p_value(None, clicks) > 0.01
    for winner in ("B", None):
        n_a, n_b = arms[winner, "A"][0], arms[winner, "B"][0]
        assert stats.binomtest(n_a, n_a + n_b).pvalue > 0.001


def test_the_planted_best_hour_is_recovered(large_sql):
    query = """
        with recipients as (
            select email, campaign_id, min(e.at) filter (action = 'send') as sent,
                bool_or(action = 'view' and not is_machine) as opens,
            from email_actions e join campaigns using (campaign_id)
            where kind = 'campaign' and list_contains(tags, 'newsletter') group by all
        )
        select hour(timezone(time_zone, sent)) as local_hour, avg(opens::int), count(*)
        from recipients join persons using (email) where time_zone = 'Europe/Tallinn'
        group by all order by 2 desc
    """
    (best, highest, _), *others = large_sql.connection.execute(query).fetchall()
    assert best == 10
    assert {hour for hour, _, _ in others} == {6, 14, 20}
    assert all(highest > 1.3 * rate for _, rate, _ in others)

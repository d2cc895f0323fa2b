"""From lists and links to campaigns, exactly where one rule ends and another begins."""

from datetime import datetime

from tests.dbt import world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.edges.raw_rows import ANN, LETTER
from tests.dbt.rows import action, campaign, link


def test_a_campaign_is_described_by_the_first_list_and_by_its_own_log(project: CompiledProject) -> None:
    completed = {**campaign(1, "Autumn"), "completed_at": "2026-10-10 10:00:00"}
    flows = [{"id": str(number), "name": f"Flow {number}", "status": "ACTIVE"} for number in (1, 2)]
    unsent = {**campaign(3, "Winter"), "completed_at": "2026-10-11 10:00:00"}
    gone = campaign(9, "Gone")
    actions = [
        action(1, "2026-10-06 10:00:00", ANN, "send", LETTER),
        action(2, "2026-10-06 11:00:00", ANN, "click", gone, link("/a", slug="gone")),
    ]
    project.build(
        {
            "smaily__campaigns": [completed, unsent],
            "smaily__automations": flows,
            "smaily__actions": actions,
        },
        "int_campaigns",
    )
    assert project.rows(
        "select campaign_id, campaign_name, kind, status, sent_at from intermediate.int_campaigns order by 1"
    ) == [
        ("1", "Autumn", "campaign", "COMPLETED", datetime(2026, 10, 6, 7)),
        ("2", "Flow 2", "flow", "ACTIVE", None),
        ("3", "Winter", "campaign", "COMPLETED", datetime(2026, 10, 11, 7)),
        ("9", "Gone", "campaign", "DELETED", None),
    ]


def test_links_name_a_campaign_before_its_title_does_and_the_earlier_one_first(
    project: CompiledProject,
) -> None:
    campaigns = [campaign(1, "Special"), campaign(2, "Autumn"), campaign(3, "Winter")]
    actions = [
        action(1, "2026-10-06 10:00:00", ANN, "click", campaigns[2], link("/a", slug="special")),
        action(2, "2026-10-06 11:00:00", ANN, "click", campaigns[1], link("/a", slug="special")),
    ]
    project.build({"smaily__campaigns": campaigns, "smaily__actions": actions}, "int_campaign_slugs")
    assert project.rows(
        "select campaign_key from intermediate.int_campaign_slugs where campaign_slug = 'special'"
    ) == [("smaily-3",)]


def test_arms_without_statistics_are_lettered_by_their_names(project: CompiledProject) -> None:
    arms = [{**world.TEST, "name": f"Button test {arm}"} for arm in ("blue", "red")]
    actions = [action(n, "2026-10-06 10:00:00", ANN, "send", arm) for n, arm in enumerate(arms, 1)]
    project.build(
        {"smaily__split_tests": [world.TEST], "smaily__actions": actions}, "stg_smaily__email_variants"
    )
    assert project.rows(
        "select campaign_name, variant, email_id from staging.stg_smaily__email_variants order by 1"
    ) == [("Button test blue", "A", "smaily-4-A"), ("Button test red", "B", "smaily-4-B")]

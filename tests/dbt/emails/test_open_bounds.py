"""The bounds of open rates hold every human read of many worlds, whether or not anybody could see it."""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dagster_project.simulator.truth import make_truth
from dagster_project.simulator.world import World, WorldConfig, make_world
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import campaign, raw_key
from tests.end_to_end.open_bounds import MARGIN, CampaignBounds, open_bounds

SEEDS = (7, 11, 23, 42, 5)
PERSONS, DAYS = 600, 45
# What the estimate takes for granted, and what breaks it.
AS_OTHERS, MORE = "proxy users read as others", "proxy users read more"
WORLDS: Mapping[str, dict[str, Any]] = {
    AS_OTHERS: {},
    MORE: {"proxy_read_odds": 4.0, "images_off_by_person": True},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return CompiledProject(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="module")
def bounds(project: CompiledProject) -> dict[str, list[CampaignBounds]]:
    """By world, of the campaigns of all seeds."""
    return {
        name: [
            found
            for seed in SEEDS
            for found in bounds_of(project, make_world(WorldConfig(PERSONS, DAYS, seed, **options)))
        ]
        for name, options in WORLDS.items()
    }


def bounds_of(project: CompiledProject, world: World) -> list[CampaignBounds]:
    """A/B tests, whose arms are e-mails of their own, are left out."""
    campaigns = world.tables["campaigns"]
    campaigns = campaigns.filter(pc.not_equal(campaigns["kind"], "ab_test"))
    raw = {
        "smaily__campaigns": [campaign(row["campaign_id"], row["name"]) for row in campaigns.to_pylist()],
        "smaily__actions": raw_actions(world.tables["email_actions"], campaigns["campaign_id"].to_pylist()),
    }
    project.build(raw, "rpt_open_rates", "int_data_watermark")
    with project.connect() as connection:
        connection.execute("attach ':memory:' as compared; use compared")
        for schema, tables in (("world", world.tables), ("truth", make_truth(world))):
            connection.execute(f"create schema {schema}")
            for name in {"email_actions", "persons", "email_reads"} & set(tables):
                connection.register("given", tables[name])
                connection.execute(f"create table {schema}.{name} as from given")
        found = open_bounds(connection)
        connection.execute("use warehouse; detach compared")
        return found


def raw_actions(actions: pa.Table, campaigns: list[int]) -> pa.Table:
    """The rows of the action log that belong to `campaigns`, as they are loaded."""
    addresses = actions["email"].unique()
    keys = pa.table({"email": addresses, "contact_key": [raw_key(each) for each in addresses.to_pylist()]})
    with duckdb.connect() as connection:
        connection.register("actions", actions)
        connection.register("keys", keys)
        return connection.sql(
            """
            select seq_id, contact_key, timezone('Europe/Tallinn', "at") as time,
                campaign_id::varchar as campaign_id, campaign_name, action, value
            from actions inner join keys using (email)
            where list_contains(?, campaign_id)
            """,
            params=[campaigns],
        ).to_arrow_table()


@pytest.mark.parametrize("world", list(WORLDS))
def test_the_bounds_hold_the_true_rate(bounds: dict[str, list[CampaignBounds]], world: str) -> None:
    """Also with the reads of people who are seen nowhere, which no bound can promise."""
    found = [each for each in bounds[world] if each.delivered >= 100]
    assert len(found) >= 40
    assert fmean(each.contains(each.read_seen_ever) for each in found) >= 0.95
    assert fmean(each.contains(each.read) for each in found) >= 0.95
    assert any(each.read_seen_ever < each.read for each in found)
    # Wide enough for anything is not a bound.
    assert all(each.high - each.low < 0.25 for each in found)


@pytest.mark.parametrize("world", list(WORLDS))
def test_the_proxy_widens_by_no_more_than_its_recipients(
    bounds: dict[str, list[CampaignBounds]], world: str
) -> None:
    for each in bounds[world]:
        assert each.is_whole, each.campaign
        # One recipient may be taken for another: with 93 of them a whole one is more than the margin.
        one_recipient = 1 / each.truly_delivered
        assert each.width_proxy <= each.proxied + MARGIN + one_recipient, each.campaign
        assert each.estimate is not None
        # Equal where all are observable, but for the last digit.
        assert each.low - 1e-9 <= each.estimate <= each.high + 1e-9, each.campaign


def test_the_estimate_is_as_good_as_its_assumption(bounds: dict[str, list[CampaignBounds]]) -> None:
    def error(world: str) -> float:
        """Of the estimate, over all campaigns; below 0 where more was read."""
        whole = sum(each.delivered for each in bounds[world])
        return (
            sum((each.estimate or 0) * each.delivered - each.read * each.delivered for each in bounds[world])
            / whole
        )

    assert abs(error(AS_OTHERS)) < 0.02
    assert error(MORE) < -0.03

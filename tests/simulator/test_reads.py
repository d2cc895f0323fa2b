"""The truth of who reads an e-mail: what could be seen, and what could not."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dagster_project.simulator.truth import make_truth
from dagster_project.simulator.world import World, WorldConfig, make_world


def totals(world: World) -> dict[str, int]:
    sends = make_truth(world)["email_sends"]
    return {name: pc.sum(sends[name]).as_py() for name in sends.column_names[3:]}


@pytest.fixture(scope="module")
def plain() -> World:
    return make_world(WorldConfig())


def test_every_human_read_is_held_seen_or_not(plain: World) -> None:
    counts = totals(plain)
    read, seen = counts["read_by_human"], counts["opened_by_human"]
    # Behind the proxy, without images, and by people who are seen nowhere.
    assert seen + counts["read_unseen_behind_proxy"] + counts["read_by_never_seen"] < read
    assert counts["read_unseen_behind_proxy"] > 500
    assert counts["read_by_never_seen"] > 0
    assert counts["read_by_human"] <= counts["delivered"]


def test_who_is_seen_in_the_log_has_read(plain: World) -> None:
    reads = make_truth(plain)["email_reads"]
    acts = plain.tables["email_actions"]
    seen = acts.filter(
        pc.and_(
            pc.and_(pc.is_in(acts["action"], pa.array(["view", "click"])), pc.invert(acts["is_machine"])),
            pc.invert(acts["is_forwarded"]),
        )
    )
    pairs = set(zip(seen["email"].to_pylist(), seen["section_id"].to_pylist(), strict=True))
    read = set(zip(reads["email"].to_pylist(), reads["section_id"].to_pylist(), strict=True))
    assert pairs <= read
    seen_reads = reads.filter(reads["is_seen"])
    assert len(seen_reads) >= len(pairs)


def test_readers_behind_the_proxy_may_read_more(plain: World) -> None:
    more = make_world(WorldConfig(proxy_read_odds=3.0))

    def share(world: World) -> float:
        reads = make_truth(world)["email_reads"]
        return float(pc.mean(pc.cast(reads["is_proxied"], "float64")).as_py())

    assert share(more) > 1.5 * share(plain)
    with pytest.raises(ValueError, match="proxy_read_odds"):
        WorldConfig(proxy_read_odds=0)


def test_images_may_be_off_for_persons() -> None:
    world = make_world(WorldConfig(images_off_by_person=True))
    reads = world.tables["email_reads"].filter(pc.invert(world.tables["email_reads"]["is_proxied"]))
    by_person = reads.group_by("person_id").aggregate([("loads_images", "min"), ("loads_images", "max")])
    assert by_person["loads_images_min"].equals(by_person["loads_images_max"])
    off = 1 - pc.mean(pc.cast(by_person["loads_images_max"], "float64")).as_py()
    assert 0.04 < off < 0.10

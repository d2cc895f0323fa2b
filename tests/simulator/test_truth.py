"""The ground truth, recomputed independently by plain loops and SQL over the world's tables."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagster_project.simulator.truth import make_truth, person_acts, sessions, write_truth
from dagster_project.simulator.world import World, WorldConfig, make_world


@pytest.fixture(scope="module")
def truth(demo_world):
    return make_truth(demo_world)


def naive_sessions(world: World) -> list[tuple]:
    """Sessions by a plain loop over a person's acts: person, start, end, acts, revenue, opens only."""
    acts: dict[int, list[tuple[datetime, float, bool]]] = {}
    for row in world.tables["email_actions"].to_pylist():
        if row["action"] in {"view", "click", "complaint", "optout", "optin"} and not row["is_machine"]:
            acts.setdefault(row["actor_person_id"], []).append((row["at"], 0.0, row["action"] == "view"))
    for row in world.tables["web_events"].to_pylist():
        if row["client_id"] is not None:
            acts.setdefault(row["person_id"], []).append((row["at"], row["revenue"] or 0.0, False))
    found = []
    for person in sorted(acts):
        current: list[tuple[datetime, float, bool]] = []
        for act in sorted(acts[person], key=lambda act: act[0]):
            if current and act[0] - current[-1][0] > timedelta(minutes=30):
                found.append(summary(person, current))
                current = []
            current.append(act)
        found.append(summary(person, current))
    return found


def summary(person: int, acts: list[tuple[datetime, float, bool]]) -> tuple:
    revenue = round(sum(revenue for _, revenue, _ in acts), 2)
    return person, acts[0][0], acts[-1][0], len(acts), revenue, all(is_open for *_, is_open in acts)


def test_sessions_equal_a_naive_count(demo_world, truth):
    names = ["person_id", "started_at", "ended_at", "act_count", "revenue", "is_opens_only"]
    rows = [tuple(row.values()) for row in truth["sessions"].select(names).to_pylist()]
    assert rows == naive_sessions(demo_world)
    assert 500 < sum(is_opens_only for *_, is_opens_only in rows) < len(rows)
    assert len(rows) > 5_000


def test_sessions_do_not_depend_on_the_order_of_the_tables():
    world = make_world(WorldConfig(persons=100, days=30))
    reversed_tables = dict(world.tables)
    for name in ("email_actions", "web_events"):
        table = reversed_tables[name]
        reversed_tables[name] = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
    assert make_truth(World(world.config, reversed_tables))["sessions"].equals(make_truth(world)["sessions"])


def test_a_gap_of_exactly_thirty_minutes_keeps_the_session():
    start = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    gaps = (0, 30 * 60, 2 * 30 * 60 + 0.001)
    acts = pa.table(
        {
            "person_id": pa.array([1, 1, 1], pa.int64()),
            "at": pa.array([start + timedelta(seconds=gap) for gap in gaps], pa.timestamp("us", tz="UTC")),
            "source": pa.array([0, 1, 1], pa.int8()),
            "is_open": [True, False, False],
            "is_macro": [False, False, True],
            "revenue": [0.0, 0.0, 20.0],
        }
    )
    assert sessions(acts)["act_count"].to_pylist() == [2, 1]
    assert sessions(acts)["email_acts"].to_pylist() == [1, 0]
    assert sessions(acts.slice(0, 0)).num_rows == 0


def test_some_sessions_span_email_and_web(truth):
    both = [row for row in truth["sessions"].to_pylist() if row["email_acts"] and row["web_acts"]]
    assert len(both) > 300


def test_identifiers_include_every_client_and_every_key(demo_world, truth):
    identifiers = {tuple(row.values()) for row in truth["identifiers"].to_pylist()}
    assert len(identifiers) == truth["identifiers"].num_rows
    persons = demo_world.tables["persons"].to_pylist()
    clients = {
        (row["person_id"], "client_id", row["client_id"])
        for row in demo_world.tables["web_events"].select(["person_id", "client_id"]).to_pylist()
        if row["client_id"]
    }
    shared = {row["second_contact_key"] for row in persons if (row["second_email"] or "").startswith("info@")}
    keys = {
        (row["person_id"], "shared_contact_key" if row[column] in shared else "contact_key", row[column])
        for row in persons
        for column in ("contact_key", "second_contact_key")
        if row[column]
    }
    assert identifiers == clients | keys
    assert len(shared) == 2


def test_email_totals_equal_a_count_in_sql(sql, truth):
    query = """
        select campaign_id, section_id, variant,
            count(distinct email) filter (action = 'send') as sent,
            count(distinct email) filter (action = 'bounce' and value = '550') as hard_bounced,
            count(distinct email) filter (action = 'bounce' and value = '452') as soft_bounced,
            count(distinct email) filter (action = 'view') as viewed,
            count(distinct email) filter (action = 'view' and not is_machine) as viewed_by_human,
            count(distinct email) filter (action = 'click') as clicked,
            count(distinct email) filter (action = 'click' and not is_machine) as clicked_by_human,
            count(distinct email) filter (action in ('view', 'click')) as opened,
            count(distinct email) filter (action in ('view', 'click') and not is_machine) as opened_by_human,
            count(distinct email) filter (action = 'optout') as unsubscribed,
            count(distinct email) filter (action = 'complaint') as complained,
            sent - hard_bounced - soft_bounced as delivered,
        from sections left join email_actions using (campaign_id, section_id)
        group by all order by section_id
    """
    counted = sql.connection.execute(query).fetchall()
    sends = truth["email_sends"].sort_by("section_id")
    assert [
        tuple(row.values()) for row in sends.select(sends.column_names[: len(counted[0])]).to_pylist()
    ] == counted


def test_all_conversions_and_machine_events_are_included(sql, truth):
    macro, revenue = sql.one("select count(*), sum(revenue) from web_events where event_name = 'purchase'")
    assert truth["macro_conversions"].num_rows == macro
    assert sum(truth["macro_conversions"]["revenue"].to_pylist()) == pytest.approx(revenue)
    reasons = truth["machine_events"]["reason"].value_counts().to_pylist()
    assert {row["values"]: row["counts"] for row in reasons} == {
        "apple_mpp": sql.count("from email_actions where is_machine and action = 'view'"),
        "scanner": sql.count("from email_actions where is_machine and action = 'click'"),
    }
    micro = truth["micro_conversions"]
    assert micro["person_id"].null_count == 0
    assert "purchase" not in micro["micro_conversion"].to_pylist()
    assert "hard_bounce" not in micro["micro_conversion"].to_pylist()
    web = sql.count("from web_events where micro_conversion is not null and not is_macro")
    assert micro["source"].to_pylist().count("google_analytics") == web


def test_the_second_open_of_a_campaign_is_a_repeat(demo_world, truth):
    """For any of the person's addresses, and for any label of the first open."""
    tags = {row["campaign_id"]: row["tags"] for row in demo_world.tables["campaigns"].to_pylist()}
    labels = {row["record"]: row["micro_conversion"] for row in truth["micro_conversions"].to_pylist()}
    seen: set = set()
    for row in demo_world.tables["email_actions"].to_pylist():
        if row["action"] == "view" and not row["is_machine"]:
            first = "promotional_offer_open" if "promotion" in tags[row["campaign_id"]] else "email_open"
            opened = row["actor_person_id"], row["campaign_id"]
            assert row["micro_conversion"] == ("repeat_email_open" if opened in seen else first)
            assert labels[row["seq_id"]] == row["micro_conversion"]
            seen.add(opened)
    assert len(seen) > 1_000


def test_cohorts_equal_a_naive_count(demo_world, truth):
    weeks: dict[int, set] = {}
    for row in person_acts(demo_world.tables).select(["person_id", "at", "is_open"]).to_pylist():
        if row["is_open"]:
            continue
        day = row["at"].date()
        weeks.setdefault(row["person_id"], set()).add(day - timedelta(days=day.weekday()))
    sizes: dict = {}
    active: dict = {}
    for seen in weeks.values():
        first = min(seen)
        sizes[first] = sizes.get(first, 0) + 1
        for week in seen:
            cell = first, (week - first).days // 7
            active[cell] = active.get(cell, 0) + 1
    counted = [(week, offset, sizes[week], n) for (week, offset), n in sorted(active.items())]
    rows = [
        tuple(row[name] for name in ("cohort_week", "week_offset", "cohort_size", "active"))
        for row in truth["cohorts"].to_pylist()
    ]
    assert sorted(rows) == counted
    assert all(n == size for _, offset, size, n in rows if offset == 0)


def test_truth_is_written_as_parquet(tmp_path, demo_world, truth):
    paths = write_truth(demo_world, tmp_path / "truth")
    assert set(paths) == set(truth)
    for name, path in paths.items():
        assert pq.read_table(path).equals(truth[name])


def test_an_act_is_known_from_the_first_that_declares_an_own_address(demo_world, truth):
    """A plain loop over all that happened, in order."""
    tables = demo_world.tables
    own = {
        row["person_id"]: {row["email"], row["second_email"], row["contact_key"], row["second_contact_key"]}
        - {None}
        for row in tables["persons"].to_pylist()
    }
    happened = [
        (row["at"], row["actor_person_id"], None, row["email"] in own[row["actor_person_id"]])
        for row in tables["email_actions"].to_pylist()
        if row["actor_person_id"] is not None and not row["is_machine"]
    ] + [
        (row["at"], row["person_id"], row["client_id"], row["contact_key"] in own[row["person_id"]])
        for row in tables["web_events"].to_pylist()
        if row["client_id"] is not None
    ]
    linked_at: dict = {}
    for at, person, client, declares in happened:
        if client is not None and declares:
            linked_at[person, client] = min(at, linked_at.get((person, client), at))
    expected: dict = {}
    for at, person, client, declares in happened:
        was_linked = (person, client) in linked_at and linked_at[person, client] <= at
        expected[person, at] = expected.get((person, at), False) or declares or was_linked
    found = {(row["person_id"], row["at"]): row["is_known"] for row in truth["known_acts"].to_pylist()}
    assert found == expected
    assert 5_000 < sum(found.values()) < len(found) - 5_000


def test_cohorts_of_the_known_and_of_browsers_equal_a_naive_count(demo_world, truth):
    """Of persons with all they did, and of what a source would count as one."""
    own = {
        row["person_id"]: {row["contact_key"], row["second_contact_key"]} - {None}
        for row in demo_world.tables["persons"].to_pylist()
    }
    hits = [row for row in demo_world.tables["web_events"].to_pylist() if row["client_id"] is not None]
    named: dict = {}
    for row in hits:
        if row["contact_key"] in own[row["person_id"]]:
            browser = row["person_id"], row["client_id"]
            named[browser] = min(row["at"], named.get(browser, row["at"]))
    emails = {
        row["person_id"]: {row["email"], row["second_email"]}
        for row in demo_world.tables["persons"].to_pylist()
    }
    happened = [
        (
            row["at"],
            row["actor_person_id"],
            row["actor_person_id"],
            row["email"] in emails[row["actor_person_id"]],
        )
        for row in demo_world.tables["email_actions"].to_pylist()
        if row["action"] in {"click", "complaint", "optout", "optin"}
        and not row["is_machine"]
        and row["actor_person_id"] is not None
    ]
    for row in hits:
        since = named.get((row["person_id"], row["client_id"]))
        unit = row["client_id"] if since is None else row["person_id"]
        happened.append((row["at"], row["person_id"], unit, since is not None and since <= row["at"]))
    weeks: dict = {}
    first: dict = {}
    for at, person, unit, is_known in happened:
        for key in (("", person), ("_seen", unit)):
            weeks.setdefault(key, set()).add(at.date() - timedelta(days=at.weekday()))
            first[key] = min(first.get(key, (at, True)), (at, not is_known))
    counted: dict = {}
    for key, active in weeks.items():
        population = ("web_first" if first[key][1] else "known") + key[0]
        for week in active:
            cell = population, min(active), (week - min(active)).days // 7
            counted[cell] = counted.get(cell, 0) + 1
    found = {
        (row["population"], row["cohort_week"], row["week_offset"]): row["active"]
        for row in truth["known_cohorts"].to_pylist()
    }
    assert found == counted
    assert {population for population, _, _ in found} == {
        "known", "web_first", "known_seen", "web_first_seen",
    }  # fmt: skip


def test_a_source_sees_nothing_of_browsers_that_no_one_is_named_on(truth):
    """And all that is done on the others."""
    units = truth["known_units"].to_pylist()
    unnamed = {row["client_id"] for row in units if row["unit"] == row["client_id"]}
    assert 100 < len(unnamed) < len(units) - 100
    done, seen = (truth[name].num_rows for name in ("journey_acts", "seen_journey_acts"))
    assert 0.5 * done < seen < 0.95 * done


def test_a_person_is_known_since_a_source_had_the_address(demo_world, truth):
    known_at = {row["person_id"]: row["known_at"] for row in truth["known_persons"].to_pylist()}
    persons = demo_world.tables["persons"].to_pylist()
    created = {
        row["email"]: row["at"]
        for row in demo_world.tables["email_actions"].to_pylist()
        if row["action"] == "create"
    }
    assert all(known_at[row["person_id"]] is not None for row in persons if row["is_contact"])
    late = [row for row in persons if row["email"] in created]
    assert all(known_at[row["person_id"]] <= created[row["email"]] for row in late)
    assert sum(known_at[row["person_id"]] > row["created_at"] for row in late) > 300

"""What a test builds after others is what it would build alone."""

from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rebuilding import Rebuilding
from tests.dbt.rows import Row, action, campaign, key

READS = {
    "staged": frozenset({"logged"}),
    "other": frozenset({"listed"}),
    "events": frozenset({"staged", "kinds"}),
    "report": frozenset({"events", "other"}),
}
LETTER = campaign(1, "Autumn", ["newsletter"])
MODELS = ("rpt_completion_rates", "rpt_open_rates", "rpt_funnels", "dim_persons", "dim_campaigns")


def build(rebuilding: Rebuilding, *wanted: str, empty: frozenset[str] = frozenset()) -> list[str]:
    """What is built of `wanted`, all if none is given."""
    found = []
    for name in rebuilding.due(wanted or READS):
        found.append(name)
        rebuilding.built(name, name in empty)
    return found


def begun(empty: frozenset[str] = frozenset()) -> Rebuilding:
    rebuilding = Rebuilding(READS)
    assert build(rebuilding, empty=empty) == [*READS]
    return rebuilding


def test_only_what_something_changed_for_is_built_again() -> None:
    rebuilding = begun()
    assert build(rebuilding) == []
    rebuilding.has_changed(["listed"])
    assert build(rebuilding) == ["other", "report"]
    rebuilding.has_changed(["kinds"])
    assert build(rebuilding) == ["events", "report"]


def test_what_was_empty_and_is_empty_changes_nothing_and_what_becomes_empty_does() -> None:
    empty = frozenset({"staged"})
    rebuilding = begun(empty)
    rebuilding.has_changed(["logged"])
    assert build(rebuilding, empty=empty) == ["staged"]
    for now_empty in (frozenset[str](), empty):
        rebuilding.has_changed(["logged"])
        assert build(rebuilding, empty=now_empty) == ["staged", "events", "report"]


def test_what_is_not_wanted_now_is_built_when_it_is() -> None:
    rebuilding = begun()
    rebuilding.has_changed(["logged"])
    assert build(rebuilding, "staged", "other") == ["staged"]
    assert build(rebuilding) == ["events", "report"]


def test_a_type_with_other_values_is_all_the_way_down() -> None:
    """An empty table has the old type, too."""
    empty = frozenset(READS)
    rebuilding = begun(empty)
    rebuilding.has_changed(["logged"])
    found = []
    for name in rebuilding.due(READS):
        if name == "staged":
            rebuilding.has_other_type("staged")
        found.append(name)
        rebuilding.built(name, is_empty=True)
    assert found == ["staged", "events", "report"]


def test_what_is_required_or_not_known_is_built() -> None:
    rebuilding = begun()
    rebuilding.require("other")
    assert build(rebuilding) == ["other", "report"]
    rebuilding.forget()
    assert build(rebuilding) == [*READS]


def test_a_copy_goes_its_own_way() -> None:
    rebuilding = begun()
    copy = rebuilding.copy()
    rebuilding.forget()
    assert build(copy) == []
    assert build(rebuilding, empty=frozenset(READS)) == [*READS]
    copy.has_changed(["logged"])
    assert build(copy, empty=frozenset({"staged"})) == ["staged", "events", "report"]


def log(*people: str) -> dict[str, list[Row]]:
    actions = [
        action(number, f"2026-10-0{number} 10:00:00", f"{name}@example.com", "view", LETTER)
        for number, name in enumerate(people, 1)
    ]
    contacts = [
        {"contact_key": key(f"{name}@example.com"), "email": f"{name}@example.com"} for name in people
    ]
    return {"smaily__campaigns": [LETTER], "smaily__actions": actions, "pii.contacts": contacts}


def content(project: CompiledProject) -> dict[str, list[Any]]:
    """Rows of each table and the sum of their digests, in one query."""
    tables = project.rows(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name in ('staging', 'intermediate', 'marts') order by all"
    )
    digests = [
        f"select '{table}', count(*), sum(hash(rows)::hugeint) from {table} as rows" for (table,) in tables
    ]
    return {table: digest for table, *digest in project.rows(" union all ".join(digests))}


def test_one_world_after_another_is_that_world(compiled: CompiledProject) -> None:
    compiled.build({}, *MODELS)
    for people in (("ann", "bob"), ("cid",), ()):
        compiled.build(log(*people), *MODELS)
        after_another = content(compiled)
        with compiled.connect():
            pass  # all is to be built again
        compiled.make(*MODELS)
        alone = content(compiled)
        assert [table for table in alone if alone[table] != after_another[table]] == []


def test_rows_of_a_feed_are_read_by_way_of_a_view() -> None:
    rebuilding = Rebuilding({"rows": frozenset({"event_files"}), "others": frozenset({"letters"})})
    assert build(rebuilding, "rows", "others") == ["rows", "others"]
    rebuilding.has_changed(["event_files__shop"])
    assert build(rebuilding, "rows", "others") == ["rows"]

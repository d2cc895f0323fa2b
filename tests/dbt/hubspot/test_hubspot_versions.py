"""Which of the versions of one contact or deal is its latest, also where times are equal or missing."""

from datetime import timedelta

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.harness import EXTRACTED_AT
from tests.dbt.hubspot.hubspot_rows import ANN, contact, deal, stamp
from tests.dbt.rows import Row


def version(
    name: str,
    updated: float | None,
    deleted: float | None = None,
    read: float = 0,
    partition: str = "0000000001",
) -> Row:
    """What differs of a version that was modified, deleted and read so many minutes after the start."""
    return {
        "name": name,
        "updated_at": None if updated is None else stamp(updated),
        "archived_at": None if deleted is None else stamp(deleted),
        "archived": "false" if deleted is None else "true",
        "_extracted_at": EXTRACTED_AT + timedelta(minutes=read),
        "_partition": partition,
    }


# The first of each is the latest.
CASES = {
    "modified later": [version("a", 10), version("b", 5)],
    "deleted as it was modified": [version("a", 10, deleted=10), version("b", 10, read=9)],
    "deleted after it was modified": [version("a", 5, deleted=12), version("b", 10, read=9)],
    "restored: modified after it was deleted": [version("a", 12), version("b", 5, deleted=10, read=9)],
    "deleted, at a time before it was modified": [version("a", 12, deleted=10), version("b", 11)],
    "deleted at a time, modified at none": [version("a", None, deleted=10), version("b", 9, read=9)],
    "a time counts before none": [version("a", 1), version("b", None, read=9)],
    "without times the one read later": [version("a", None, read=9), version("b", None)],
    "equal times, read later": [version("a", 10, read=9), version("b", 10)],
    "equal times, of the later range": [
        version("a", 10, partition="0000000002"),
        version("b", 10, partition="0000000001"),
    ],
}


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_latest_version(compiled: CompiledProject, is_reversed: bool) -> None:
    contacts: list[Row] = []
    deals: list[Row] = []
    for number, versions in enumerate(CASES.values(), 1):
        for given in reversed(versions) if is_reversed else versions:
            changes = {column: value for column, value in given.items() if column != "name"}
            contacts.append({**contact(number, ANN), **changes, "lifecyclestage": given["name"]})
            deals.append({**deal(number, number), **changes, "pipeline": given["name"]})
    models = ("stg_hubspot__contacts", "stg_hubspot__deals")
    compiled.build({"hubspot__contacts": contacts, "hubspot__deals": deals}, *models)
    for model, id_, name in (
        (models[0], "contact_id", "lifecycle_stage"),
        (models[1], "deal_id", "pipeline"),
    ):
        found = compiled.rows(
            f"select {name} from staging.{model} where is_latest order by cast({id_} as integer)"
        )
        assert dict(zip(CASES, [value for (value,) in found], strict=True)) == dict.fromkeys(CASES, "a")

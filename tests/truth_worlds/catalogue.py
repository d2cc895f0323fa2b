"""What counts as a row of the reference catalogue: it, its children and theirs."""

import csv

from tests.conftest import ROOT

CATALOGUE = ROOT / "dbt" / "seeds" / "catalogue" / "micro_conversion_types.csv"


def counts_as(micro_conversion: str) -> frozenset[str]:
    """The row itself and whatever it is a parent of."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        parents = {row["micro_conversion"]: row["parent_micro_conversion"] for row in csv.DictReader(file)}
    found = {micro_conversion}
    while children := {child for child, parent in parents.items() if parent in found} - found:
        found |= children
    return frozenset(found)

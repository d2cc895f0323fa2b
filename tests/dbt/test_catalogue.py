"""Every rule of the catalogue has a case in catalogue_cases.csv, and decides it.

A case's `source` is what the rule's is: a connector, `event_files`, or the name of one feed.
"""

from pathlib import Path

import pytest

from tests.dbt.catalogue.cases import decided_rules, rows_of
from tests.dbt.harness import PROJECT

CASES = rows_of(Path(__file__).with_name("catalogue_cases.csv"))
RULES = {row["rule_id"]: row for row in rows_of(PROJECT / "seeds" / "catalogue" / "catalogue_rules.csv")}


@pytest.fixture(scope="module")
def decided(home: Path) -> dict[str, str]:
    return decided_rules(home, CASES)


def test_every_rule_has_a_case_of_its_source() -> None:
    of_rules = {rule_id: rule["source"] for rule_id, rule in RULES.items()}
    assert {case["rule_id"]: case["source"] for case in CASES} == of_rules
    assert len(CASES) == len(RULES)


@pytest.mark.parametrize("rule_id", RULES)
def test_the_rule_decides_its_case(decided: dict[str, str], rule_id: str) -> None:
    assert decided.get(rule_id) == rule_id

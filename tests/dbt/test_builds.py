"""What decides whether a build is full."""

import re

import yaml

from tests.dbt.harness import PROJECT


def test_every_variable_decides_whether_a_build_is_full() -> None:
    """dbt gives a macro no list of the variables, so that it has one of its own."""
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    macro = (PROJECT / "macros" / "builds.sql").read_text(encoding="utf-8")
    listed = re.search(r"macro business_variables.*?endmacro", macro, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[0])) == set(declared)

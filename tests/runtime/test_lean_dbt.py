"""dbt with parts of it replaced does what it did."""

from typing import Any

import pytest
from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace

from dagster_project.runtime.lean_dbt import make_dbt_lean


@pytest.fixture(autouse=True)
def lean() -> None:
    make_dbt_lean()


def namespace(**layers: Any) -> MacroNamespace:
    names = ("global_namespace", "local_namespace", "global_project_namespace", "packages")
    return MacroNamespace(**({name: {} for name in names} | layers))


def test_a_macro_is_that_of_the_first_layer_in_the_order_of_dbt() -> None:
    layers: dict[str, Any] = {
        "local_namespace": {"one": "local"},
        "global_namespace": {"one": "root", "two": "root"},
        "packages": {"one": "package", "two": "package", "three": "package", "dbt": "package"},
        "global_project_namespace": dict.fromkeys(("one", "two", "three", "dbt", "four"), "dbt"),
    }
    found = namespace(**layers)
    expected = {"one": "local", "two": "root", "three": "package", "dbt": "package", "four": "dbt"}
    assert dict(found) == expected
    assert set(found) == set(expected)
    assert len(found) == len(expected)


def test_the_macros_of_dbt_itself_can_be_called_by_its_name() -> None:
    internal: Any = {"ref": "macro"}
    assert namespace(global_project_namespace=internal)["dbt"] == internal


def test_an_unknown_macro_is_missing() -> None:
    found = namespace()
    assert found.get("unheard_of") is None
    with pytest.raises(KeyError):
        found["unheard_of"]


def test_a_macro_has_what_it_is_called_with() -> None:
    values: list[Any] = ["macro", {"a": 1}, "node", "stack"]
    made = MacroGenerator(*values)
    assert [made.macro, made.context, made.node, made.stack] == values
    assert vars(MacroGenerator(values[0])) == {"macro": "macro", "context": None, "node": None, "stack": None}

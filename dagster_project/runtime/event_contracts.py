"""The event contract of each source, read from dbt's yml files and written for dbt as a macro.

A source that gives events declares, in `config.meta.event_source` of its model `stg_<source>__events`, what
everything downstream needs to know of them (keys and values: `contract_rules.py`). dbt cannot ask its graph
while it parses, where unions and `ref`s are decided, so the contracts are also written to a macro file. That
file is tracked; `dbt build` refuses to run with one that is not what the yml files say.
"""

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dagster_project.runtime.contract_rules import FEEDS, NONE, IncompleteContract, check

DBT_PROJECT = Path(__file__).parents[2] / "dbt"
GENERATED = Path("macros") / "generated" / "event_contracts.sql"
COMMAND = "python -m dagster_project.runtime.event_contracts"
# Seeds that a contract may refer to by name, and where they are.
SEEDS = {
    "event_kinds": Path("seeds") / "catalogue" / "event_kinds.csv",
    "machine_rules": Path("seeds") / "machine_traffic" / "machine_rules.csv",
}
_HEADER = f"""\
{{#-
    The event contracts by source. Generated from `config.meta.event_source` in the yml files of the models
    `stg_<source>__events` by `{COMMAND}`: change them and run it again.
-#}}
"""


@dataclass(frozen=True)
class EventContract:
    """What a source declares of its events; `declared` is the yml's own content."""

    source: str
    declared: Mapping[str, Any]

    def has_partitions_of(self, stream: str) -> bool:
        """Whether partitions of that raw stream bring or change events."""
        streams = self.declared["partition_streams"]
        return streams == FEEDS or stream in streams

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """Models and keys by which the records behind the events are counted."""
        return list(self.declared["records"])

    @property
    def email_events(self) -> Mapping[str, list[str]]:
        """The names of its e-mail events by role; none of a source that sends no e-mail."""
        email = self.declared["email"]
        return {} if email == NONE else dict(email["events"])

    def totals(self, grain: str) -> Mapping[str, Any] | None:
        """The vendor's own totals by `campaigns` or `days`: model, and column for each of our counts."""
        totals = self.declared["vendor_totals"]
        return None if totals == NONE else totals.get(grain)


def read_contracts(project: Path = DBT_PROJECT) -> dict[str, EventContract]:
    """The contracts by source, in alphabetical order. Raises IncompleteContract, a sentence, for the first
    model of events without a complete one."""
    mentioned = {seed: _sources_in(project / path) for seed, path in SEEDS.items()}
    contracts = {}
    for model in sorted((project / "models" / "staging").glob("*/stg_*__events.sql")):
        source = model.stem.removeprefix("stg_").removesuffix("__events")
        declared = _declared(model)
        check(source, declared, mentioned)
        contracts[source] = EventContract(source, declared)
    return contracts


def write_macro(project: Path = DBT_PROJECT) -> Path:
    """Write the macro file where it is not what the contracts say."""
    contracts = {source: contract.declared for source, contract in read_contracts(project).items()}
    literal = json.dumps(contracts, indent=4, ensure_ascii=False)
    text = f"{_HEADER}{{% macro event_contracts() -%}}\n{{{{ return({literal}) }}}}\n{{%- endmacro %}}\n"
    path = project / GENERATED
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _declared(model: Path) -> Any:
    """What the yml file of a model declares; None when it declares nothing."""
    file = model.with_suffix(".yml")
    if not file.exists():
        return None
    content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
    described = [each for each in content.get("models", []) if each.get("name") == model.stem]
    meta = described[0].get("config", {}).get("meta", {}) if described else {}
    return meta.get("event_source")


def _sources_in(seed: Path) -> set[str]:
    with seed.open(encoding="utf-8", newline="") as lines:
        return {row["source"] for row in csv.DictReader(lines)}


def main() -> int:
    try:
        print(write_macro())
    except IncompleteContract as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One model of the project as dbt compiled it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGAN = re.compile(r"cast\('\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}' as timestamp\)")


@dataclass(frozen=True)
class Model:
    """One model as dbt compiled it: `sql` builds all of it, `sql_of_affected` the affected rows."""

    name: str
    schema: str
    kind: str
    is_kept: bool
    is_report: bool
    sql: str
    sql_of_affected: str
    strategy: str
    python: Path | None
    config: Mapping[str, Any]
    reads: frozenset[str]

    @property
    def is_view(self) -> bool:
        """A view of staging is made a table here, too: all that read it would plan it again."""
        return self.kind == "view" and self.schema != "staging"

    @property
    def is_always_built(self) -> bool:
        """It adds rows to what is there, or says when it was built."""
        return self.is_kept or bool(BEGAN.search(self.sql + self.sql_of_affected))

    def variant(self, is_full: bool) -> str:
        """What is the same for two builds of it that do the same with the same rows."""
        if self.kind == "incremental":
            return str(is_full)
        return self.sql if is_full else self.sql_of_affected

"""What a source's watermark says of accounts between which the time does not decide."""

from datetime import datetime

import pytest

from tests.dbt.accounts.test_account_watermarks import NOW, OUT, mails
from tests.dbt.accounts.test_watermarks import load
from tests.dbt.compiled_project import CompiledProject

MIDNIGHT = "2026-11-16T00:00:00+00:00"
# Known until one midnight: by a day that was over when it was read, and by a reading at its beginning.
OVER, READ = ("2026-11-15", NOW), ("2026-11-16", MIDNIGHT)


@pytest.mark.parametrize("days", [(OVER, READ), (READ, OVER)])
def test_of_accounts_known_until_one_instant_the_basis_is_the_first_by_name(
    compiled: CompiledProject, days: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    sources = ("smaily", "smaily__LV")
    loads = [load(name, "actions", day, at) for name, (day, at) in zip(sources, days, strict=True)]
    compiled.build(mails(("", NOW), ("LV", NOW)) | {"raw._loads": loads}, "int_source_watermarks")
    assert compiled.rows(
        "select watermark_at, watermark_basis, is_silent from intermediate.int_source_watermarks"
    ) == [(datetime(2026, 11, 16), "extraction", False)]


@pytest.mark.parametrize("names", [("LV", "EE", "AT"), ("AT", "LV", "EE")])
def test_silent_accounts_are_named_in_their_order(compiled: CompiledProject, names: tuple[str, ...]) -> None:
    compiled.build(mails(("", NOW), *((name, OUT) for name in names)), "int_source_watermarks")
    silent = ", ".join(f"smaily__{name}: 2026-08-21" for name in sorted(names))
    assert compiled.rows("select silent_accounts from intermediate.int_source_watermarks") == [(silent,)]

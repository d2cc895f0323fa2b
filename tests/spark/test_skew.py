"""A person with more events than one task should hold is named, and stops the build before it is slow."""

from pathlib import Path
from typing import Any

import pytest

from dagster_project.spark.build import build_models, parse_project

TEST = "assert_no_person_has_too_many_events"


def largest_person(session: Any) -> int:
    [(events,)] = session.sql(
        "select max(n) from (select count(*) as n from intermediate.int_event_persons group by person_key)"
    ).collect()
    return int(events)


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(("beyond", "lines"), [(0, 1), (-1, 0)])
def test_the_largest_person_decides(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beyond: int, lines: int
) -> None:
    """One event less than the largest person has stops the build; as many only warn."""
    most = largest_person(session)
    assert most > 10
    monkeypatch.setenv("MILEPOST_SPARK_PERSON_WARNS", str(most - 5))
    monkeypatch.setenv("MILEPOST_SPARK_PERSON_STOPS", str(most + beyond))
    project = parse_project(tmp_path)
    shown: list[str] = []
    if beyond < 0:
        with pytest.raises(RuntimeError, match=f"{TEST}: Got {most} results, configured to fail if"):
            build_models(session, project, select=[TEST], show=shown.append)
    else:
        build_models(session, project, select=[TEST], show=shown.append)
    assert len([line for line in shown if TEST in line and " WARN " in line]) == lines

"""The report page of a large world: how long it takes and how large it is.

python -m tests.benchmarks.page --events 2000000
"""

import argparse
import sys
import tempfile
from pathlib import Path

from dagster_project.publishing.publish import FILE_NAME, publish
from dagster_project.reports.page.build import write_report
from dagster_project.reports.page.result import PAGE_NAME
from tests.benchmarks.measuring import measure, verdict
from tests.benchmarks.scale import ANALYSIS, REBUILD, STORE
from tests.benchmarks.scale_dbt import Project
from tests.benchmarks.scale_tables import arrive, describe_persons, key_persons
from tests.benchmarks.scale_world import make_world

MEMORY = 3_000_000_000
MOST_SECONDS, MOST_BYTES = 5, 700_000


def publish_world(home: Path, events: int) -> Path:
    """A published file of so many events, with every mart."""
    project = Project(home, MEMORY)
    project.create()
    with project.connect() as connection:
        persons = make_world(connection, events)
        arrive(connection)
        connection.execute("drop table world.events")
        key_persons(connection)
        describe_persons(connection)
    print(f"\n{events:,} events of {persons:,} persons", flush=True)
    for selected in (("--select", *STORE), REBUILD, ANALYSIS):
        project.run("run", *selected)
    with project.connect() as connection:
        marts = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by all"
        ).fetchall()
        publish(connection, home / "published", [mart for (mart,) in marts])
    return home / "published" / FILE_NAME


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--home", type=Path, help="a folder to keep the world in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        published = publish_world(options.home or Path(folder), options.events)
        page = published.with_name(PAGE_NAME)
        made = measure("the page", options.events, lambda: write_report(published, page))
        kept = measure(
            "the page of the same publication", options.events, lambda: write_report(published, page)
        )
        held = [
            verdict("seconds", made.wall, MOST_SECONDS, at_least=False),
            verdict("bytes", page.stat().st_size, MOST_BYTES, at_least=False),
            verdict("seconds when nothing is new", kept.wall, 1, at_least=False),
        ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())

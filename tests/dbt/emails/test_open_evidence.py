"""Whether a campaign's opens say what made them: by its own opens, else by those of its feeds."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject

# Of feeds that say, and do not say, what made their opens: other campaigns' opens, and those with evidence.
SAYS, SILENT = ("says", "other", 1, 10, 9), ("silent", "other", 1, 10, 8)
# Feed, campaign, sends, opens, opens with evidence.
Count = tuple[str, str, int, int, int]


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with_feeds.build({}, "int_open_evidence")
    with with_feeds.connect() as opened:
        opened.execute(
            "insert into intermediate.int_campaign_slugs (campaign_slug, campaign_key)"
            " values ('news', 'files-news')"
        )
        yield opened


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # By its own opens of all feeds, wherever it has any: nine of ten are enough.
        ([("silent", "news", 5, 10, 9)], True),
        ([("says", "news", 5, 10, 8)], False),
        ([("says", "news", 0, 9, 9), ("silent", "news", 0, 1, 0)], True),
        ([("says", "news", 5, 0, 0), ("silent", "news", 0, 10, 8)], False),
        # Unopened: every feed that sent it shows with others what its opens say.
        ([("says", "news", 5, 0, 0)], True),
        ([("silent", "news", 5, 0, 0)], False),
        ([("says", "news", 5, 0, 0), ("silent", "news", 1, 0, 0)], False),
        ([("new", "news", 5, 0, 0)], False),  # a feed without any opens
    ],
)
def test_a_campaign_has_evidence_by_its_opens_or_its_feeds(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    counts: list[Count],
    expected: bool,
) -> None:
    connection.execute("delete from staging.stg_event_files__open_evidence")
    connection.executemany(
        "insert into staging.stg_event_files__open_evidence (feed, campaign_slug, sends, opens,"
        " opens_with_evidence) values (?, ?, ?, ?, ?)",
        [*counts, SAYS, SILENT],
    )
    with_feeds.make_alone(connection, ["int_open_evidence"])
    found = connection.execute(
        "select opens, opens_with_evidence, has_evidence from intermediate.int_open_evidence"
    ).fetchall()
    opens, with_evidence = (sum(count[place] for count in counts) for place in (3, 4))
    assert found == [(opens, with_evidence, expected)]

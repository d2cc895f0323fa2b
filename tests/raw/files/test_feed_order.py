"""Blank cells filled from above: in the file's order, and never from another's row."""

from tests.raw.files.feed_loader import COLUMNS, FeedLoader

# An hour that the clocks of Tallinn show twice: three rows of the first pass, three of the second.
AUTUMN = ["02:50", "03:10", "03:40", "03:05", "03:50", "04:10"]


def test_filling_by_a_key_keeps_the_order_of_the_file(loader: FeedLoader) -> None:
    rows = "".join(f"2026-10-25 {time},buy,u{n % 3},k{n}\n" for n, time in enumerate(AUTUMN))
    loader.load(
        f"timezone: Europe/Tallinn\nfill_down: {{l: [u]}}\n{COLUMNS}",
        f"t,e,u,l\n{rows}",
    )
    found = loader.warehouse.execute(
        "select strftime(occurred_at, '%H:%M'), url from raw.event_files order by _row"
    ).fetchall()
    assert found == [
        ("23:50", "k0"),
        ("00:10", "k1"),
        ("00:40", "k2"),
        ("01:05", "k3"),
        ("01:50", "k4"),
        ("02:10", "k5"),
    ]


def test_nothing_is_filled_over_a_row_that_cannot_be_read(loader: FeedLoader) -> None:
    """The row below it would be the person's of the row above."""
    loader.load(
        f"fill_down: [t, u]\n{COLUMNS}",
        "t,e,u,l\n2026-11-03,x,a,\n2026-11-04,y,b,,extra\n,y2,,\n",
    )
    assert loader.events("event_name") == []
    [reason] = loader.reasons()
    assert "1 rows cannot be read, and fill_down would fill the rows below them from above" in reason


def test_nothing_is_filled_over_a_line_that_is_no_object(loader: FeedLoader) -> None:
    lines = '{"t": "2026-11-03", "e": "x", "u": "a"}\n{"t": \n{"e": "y"}\n'
    loader.load(f"fill_down: [t, u]\n{COLUMNS}", lines, "jsonl")
    assert loader.events("event_name") == []
    assert "fill_down would fill" in loader.reasons()[0]


def test_a_key_tells_which_rows_belong_to_one_that_cannot_be_read(loader: FeedLoader) -> None:
    loader.load(
        f"fill_down: {{l: [t, u]}}\n{COLUMNS}",
        "t,e,u,l\n2026-11-03,x,a,1\n2026-11-04,y,b,2,extra\n,y2,,2\n,x2,,1\n",
    )
    assert loader.events("event_name, user_id") == [("x", "a"), ("x2", "a")]


def test_a_column_to_fill_must_be_in_the_file(loader: FeedLoader) -> None:
    loader.load(f"fill_down: [t, person]\n{COLUMNS}", "t,e,u,l\n2026-11-03,x,a,\n")
    [reason] = loader.reasons()
    assert "the file has no column person, which fill_down fills" in reason

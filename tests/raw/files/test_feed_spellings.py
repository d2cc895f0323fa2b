"""Times, amounts, zones and cells as people, spreadsheets and scripts write them; many in one file."""

from datetime import datetime

import pytest

from dagster_project.raw.files.line_ends import are_mixed
from dagster_project.raw.files.opened import names_said
from tests.raw.files.feed_folder import at
from tests.raw.files.feed_loader import COLUMNS, FeedLoader

DAY_FIRST: dict[str, datetime | None] = {
    "3.11.26 10:00": at(2026, 11, 3, 8),
    "03/11/26": at(2026, 11, 2, 22),
    "3.11.99 10:00": at(1999, 11, 3, 8),
    "03-Nov-2026 10:00": at(2026, 11, 3, 8),
    "3. Nov 2026 10:00": at(2026, 11, 3, 8),
    "3 Nov. 2026": at(2026, 11, 2, 22),
    "03/11/2026, 10:00:05": at(2026, 11, 3, 8, 0, 5),
    "3/11/2026, 9:15:00 p.m.": at(2026, 11, 3, 19, 15),
    "3.11.2026 9.15": at(2026, 11, 3, 7, 15),
    "3.11.2026 10:00 +01:00": at(2026, 11, 3, 9),
    "3.11.2026 10:00 CET": at(2026, 11, 3, 9),
    "3.11.2026 10:00 GMT+0100": at(2026, 11, 3, 9),
    "\t13.11.2026 10:00": at(2026, 11, 13, 8),
    "3.11.2026 10:00 BST": None,
    "3.11.2026 10:00 5": None,
    "3.11.2026 10:00+99:00": None,
    "3.11.2026 10:00 +25:00": None,
    "3.11.2026 -10:00": None,
    "3.11.2026 9.5": None,
    "3.11.2026 25.15": None,
    "2026-11-03 10:00": None,
}
MONTH_FIRST: dict[str, datetime | None] = {
    "11/3/26": at(2026, 11, 2, 22),
    "Nov 3, 2026, 1:05 PM": at(2026, 11, 3, 11, 5),
    "Nov. 3, 2026 1:05 p.m.": at(2026, 11, 3, 11, 5),
    "November 3, 2026": at(2026, 11, 2, 22),
    "11/3/2026, 9:15:00\u202fAM": at(2026, 11, 3, 7, 15),
    "Nov 3, 2026 9:15:00 AM PST": at(2026, 11, 3, 17, 15),
    "11/3/2026 9:15 AM EST": at(2026, 11, 3, 14, 15),
    "25/3/2026": None,
}


@pytest.mark.parametrize(("key", "texts"), [("day_first", DAY_FIRST), ("month_first", MONTH_FIRST)])
def test_times_are_read_as_people_write_them(
    key: str, texts: dict[str, datetime | None], loader: FeedLoader
) -> None:
    rows = "".join(f"{text};buy;{number}\n" for number, text in enumerate(texts))
    loader.load(
        f"timezone: Europe/Tallinn\ntime_format: {key}\n"
        "columns: {occurred_at: t, event_name: e, user_id: u}",
        f"t;e;u\n{rows}",
    )
    found = dict(loader.events("user_id, coalesce(_given_at, occurred_at)"))
    assert {text: found.get(str(number)) for number, text in enumerate(texts)} == texts
    assert len(loader.reasons()) == list(texts.values()).count(None)


AMOUNTS: dict[str, tuple[float, str | None] | None] = {
    "(5,00 €)": (-5.0, "EUR"),
    "(EUR 5,00)": (-5.0, "EUR"),
    "-EUR 5,00": (-5.0, "EUR"),
    "5 kr": (5.0, None),
    "kr. 1.250,50": (1250.5, None),
    "US$5": (5.0, None),
    "R$ 5,00": (5.0, None),
    "12,50 zł": (12.5, None),
    "5,-": (5.0, None),
    "CHF 5.–": (5.0, "CHF"),
    "12.34.567,00": (1234567.0, None),
    "5,00 sek": (5.0, "SEK"),
    "€1.234,5": (1234.5, "EUR"),
    "£5": (5.0, None),
    "5 mio": None,
    "5k": None,
    "1e3": None,
    "1.23.45,00": None,
    "5 EUR 10": None,
    "EUR 5 EUR": (5.0, "EUR"),
    "eur 5,00 EUR": (5.0, "EUR"),
    "EUR 5,00 USD": None,
}


def test_amounts_are_read_as_people_write_them(loader: FeedLoader) -> None:
    """Where the row names no currency, the amount's own counts."""
    rows = "".join(f"2026-11-15\tbuy\t{number}\t{text}\t\n" for number, text in enumerate(AMOUNTS))
    loader.load(
        "decimal: ','\nthousands: '.'\n"
        "columns: {occurred_at: t, event_name: e, user_id: u, revenue: a, currency: c}",
        f"t\te\tu\ta\tc\n{rows}",
    )
    found = {user: tuple(rest) for user, *rest in loader.events("user_id, revenue, currency")}
    assert {text: found.get(str(number)) for number, text in enumerate(AMOUNTS)} == AMOUNTS


CONTRADICTED = {"5 zł": "PLN", "5 kr": "SEK", "12,50 Ft": "HUF", "A$5": "AUD", "US$ 5": "USD", "5 lei": "RON"}


@pytest.mark.parametrize("text", CONTRADICTED)
def test_an_amount_of_another_currency_than_its_row_is_none(text: str, loader: FeedLoader) -> None:
    """Also where a word says it, or the letters of a dollar."""
    loader.load(
        "decimal: ','\ncolumns: {occurred_at: t, event_name: e, user_id: u, revenue: a, currency: c}",
        "t;e;u;a;c\n" + "".join(f"2026-11-15;buy;1;{text};{code}\n" for code in (CONTRADICTED[text], "CAD")),
    )
    assert [currency for (currency,) in loader.events("currency")] == [CONTRADICTED[text]]
    assert len(loader.reasons()) == 1


def test_cents_of_the_currency_that_the_amount_names(loader: FeedLoader) -> None:
    loader.load(
        "thousands: ','\nscale: {default: 0.01, JPY: 1}\n"
        "columns: {occurred_at: t, event_name: e, user_id: u, revenue: l}",
        't,e,u,l\n2026-11-15,buy,1,"JPY 4,990"\n2026-11-15,buy,2,"EUR 4,990"\n',
    )
    assert loader.events("revenue, currency") == [(49.9, "EUR"), (4990.0, "JPY")]


def test_names_are_translated_whatever_their_letters_and_blanks(loader: FeedLoader) -> None:
    names = ["İstanbul", "Opened\u2009Email", "Opened\u3000Email", "O\u0308ffnung", "ΑΓΟΡΑΣ", "1.0"]
    loader.load(
        "map: {İstanbul: a, Opened Email: b, Öffnung: c, ΑΓΟΡΑΣ: d, 1: e}\n"
        "columns: {occurred_at: t, event_name: e, user_id: u}",
        "t,e,u\n" + "".join(f"2026-11-15,{name},{number}\n" for number, name in enumerate(names)),
    )
    assert [name for _, name in loader.events("user_id, event_name")] == ["a", "b", "b", "c", "d", "e"]


CELLS = {
    "as it is": '2026-11-15,buy,="007",\n2026-11-15,="buy",="008",\n',
    "quoted": '2026-11-15,buy,"=""007""",\n2026-11-15,buy,"=""008""",\n',
    "at the end": '2026-11-15,buy,="007",="x"\r\n2026-11-15,buy,="008",="y"\r\n',
}


@pytest.mark.parametrize("case", CELLS)
def test_texts_that_spreadsheets_are_kept_from_changing(case: str, loader: FeedLoader) -> None:
    end = "\r\n" if "\r\n" in CELLS[case] else "\n"
    loader.load(COLUMNS, f"t,e,u,l{end}{CELLS[case]}")
    assert loader.events("event_name, user_id") == [("buy", "007"), ("buy", "008")]
    assert loader.reasons() == []


ROWS = "".join(f"2026-11-15,buy,{number},x\r\n" for number in range(5))
MIXED = {
    "a header of another system": f"t,e,u,l\n{ROWS}",
    "rows of another system": "t,e,u,l\r\n" + ROWS.replace("\r\n", "\n"),
    "one row of another system": f"t,e,u,l\r\n{ROWS}".replace("2,x\r\n", "2,x\n"),
    "one row like spreadsheets' others": f"t,e,u,l\n{ROWS}".replace("\r\n", "\n").replace("2,x\n", "2,x\r\n"),
    "and quoted cells with line breaks": f"t,e,u,l\n{ROWS}".replace("2,x", '2,"x\ny"'),
    "line breaks in cells only": f"t,e,u,l\r\n{ROWS}".replace("2,x", '2,"x\ny"'),
}


@pytest.mark.parametrize("case", MIXED)
def test_lines_may_end_in_two_ways(case: str, loader: FeedLoader) -> None:
    loader.load(COLUMNS, MIXED[case])
    assert loader.reasons() == []
    assert loader.events("user_id, url") == [
        (str(n), "x\ny" if n == 2 and "\ny" in MIXED[case] else "x") for n in range(5)
    ]
    assert not list(loader.settings.landing.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("chunks", "is_mixed"),
    [([b'a,"x\n', b'y"\r\nb\r\n'], False), ([b'a,"x', b'y"\r\nb\n'], True), ([b"a\r", b"\nb\n"], True)],
)
def test_line_ends_are_counted_outside_of_quotes(chunks: list[bytes], is_mixed: bool) -> None:
    """Also of a quote that opens in one chunk and closes in the next."""
    assert are_mixed(chunks, '"') == is_mixed


def test_the_column_that_is_most_alike_is_named_alone() -> None:
    assert names_said(["id", "Created_at", "e-mail"], "created at") == " (it has Created_at)"
    assert names_said(["id", "e-mail"], "created at") == " (it has id, e-mail)"
    assert "Anna" not in names_said(["Anna Kask", "+372 5551234"], "created at")


def test_rows_that_an_open_quote_takes_are_quarantined(loader: FeedLoader) -> None:
    loader.load(
        COLUMNS,
        't,e,u,l\n2026-11-11,buy,1,"Premium case\n2026-11-12,buy,2,x\n2026-11-13,buy,3,cable 6"\n'
        '2026-11-14,buy,4,"Dear shop,\nthanks, bye, and, so on\n2026-11-14"\n',
    )
    assert [user for (user,) in loader.events("user_id")] == ["1", "4"]
    found = loader.warehouse.execute("select record from raw._quarantine order by 1").fetchall()
    assert found == [("2026-11-12,buy,2,x",), ("2026-11-13,buy,3,cable 6",)]
    assert all("stands within a cell" in reason for reason in loader.reasons())
    assert loader.warehouse.execute("select fetched, quarantined from raw._loads").fetchall() == [(4, 2)]


def test_quotes_are_escaped_and_rows_are_short_where_the_feed_says_so(loader: FeedLoader) -> None:
    loader.load(
        f"escape: '\\'\nnull_padding: true\n{COLUMNS}",
        't,e,u,l\n2026-11-11,buy,1,"5\\" nail,\nor two"\n2026-11-12,buy,2\n2026-11-13,buy,3,x,y\n',
    )
    assert loader.events("user_id, url") == [("1", '5" nail,\nor two'), ("2", None)]
    assert len(loader.reasons()) == 1


def test_the_delimiter_of_a_header_is_outside_its_quotes(loader: FeedLoader) -> None:
    loader.load(COLUMNS, 't;e;u;l;"Text, one, two, three, four, five"\n2026-11-15;buy;1;x;y\n')
    assert loader.events("user_id") == [("1",)]


def test_records_that_give_no_row_are_counted(loader: FeedLoader) -> None:
    records = ['{"u": 1, "a.b": [{"t": "2026-11-15"}]}', '{"u": 2}', '{"u": 3, "a": {"b": []}}',
               '{"u": 4, "a": {"b": null}}', '{"u": 5, "a": {"b": {"t": "2026-11-16"}}}']  # fmt: skip
    loader.load(
        "explode: a.b\ncolumns: {occurred_at: a.b.t, user_id: u}\nconstants: {event_name: buy}",
        "\n".join(records),
        "jsonl",
    )
    assert loader.events("user_id, properties::varchar") == [
        ("1", '{"a":{},"b":{"t":"2026-11-15"}}'),
        ("5", '{"a":{},"b":{"t":"2026-11-16"}}'),
    ]
    assert loader.warehouse.execute("select loaded, left_out from raw._loads").fetchall() == [(2, 3)]


def test_fields_of_the_properties_can_be_constants(loader: FeedLoader) -> None:
    loader.load(
        "columns: {occurred_at: t, event_name: e, user_id: u}\nconstants: {country: EE, device: mobile}",
        "t,e,u,l\n2026-11-15,buy,1,x\n",
    )
    assert loader.events("properties::varchar") == [('{"l":"x","device":"mobile","country":"EE"}',)]


def test_an_id_of_which_a_column_is_missing_refuses_the_file(loader: FeedLoader) -> None:
    loader.load(
        "columns: {event_id: [u, nr], occurred_at: t, event_name: e, user_id: u}", "t,e,u\n2026-11-15,buy,1\n"
    )
    [reason] = loader.reasons()
    assert "the file has no column nr, which event_id is made of" in reason


@pytest.mark.parametrize(
    ("columns", "said"),
    [("T,e,u", "no column t, which occurred_at is mapped to (it has T)"),
     ("when,e,u", "no column t, which occurred_at is mapped to (it has when, e, u)"),
     ("a,b,hanna@case.ee", "(its first line has values where a header has names)")],
)  # fmt: skip
def test_a_missing_column_is_named_with_those_of_the_file(
    columns: str, said: str, loader: FeedLoader
) -> None:
    loader.load(COLUMNS, f"{columns}\n2026-11-15,buy,1\n")
    [reason] = loader.reasons()
    assert said in reason

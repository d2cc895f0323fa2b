"""Proposing a feed for a file of unknown layout: which of its columns may be which of Milepost's fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from dagster_project.raw.files.csv_reading import open_csv
from dagster_project.raw.files.inspection import compression_of, inspect
from dagster_project.raw.files.known_names import closest
from dagster_project.raw.files.prepared import prepared
from dagster_project.raw.files.proposal_doubts import (
    UNKNOWN_NAME,
    NoProposalError,
    doubts,
    refuse_values,
)
from dagster_project.raw.files.proposal_format import bare_feed
from dagster_project.raw.files.proposal_layout import element_of, list_in
from dagster_project.raw.files.proposal_readings import (
    FITS,
    amount_reading,
    clock_of,
    is_unique,
    same_with_clock,
    share,
    times_of,
    values,
)
from dagster_project.raw.files.reading import open_file
from dagster_project.raw.files.row_rules import TRUE_WORDS
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import Feed

SAMPLE_ROWS = 2000
MOST_RECORDS = 200
# Words of columns by field, the likeliest first, in small letters and digits.
WORDS: Mapping[str, str] = {
    "occurred_at": "occurredat timestamp eventtime eventtimestamp datetime time createdat created eventdate "
    "date ts when day kuupaev aeg",
    "event_name": "eventname event eventtype action actiontype activity activitytype type metric",
    "email": "email mail emailaddress recipient recipientemail subscriber address customeremail billingemail "
    "to contact epost",
    "user_id": "userid user customerid customer contactid profileid memberid subscriberkey profiledataid",
    "client_id": "clientid visitorid visitor anonymousid userpseudoid cookieid deviceid",
    "event_id": "eventid messageid uuid insertid id",
    "order_id": "orderid ordernumber order orderno transactionid invoice",
    "order_status": "orderstatus financialstatus status",
    "revenue": "revenue total ordertotal ordertotalamount totalamount orderamount grandtotal totalpaid "
    "amountpaid saleprice amount gross value price sum summa",
    "currency": "currency ordercurrency currencycode",
    "url": "url link page pageurl actionurl pagelocation landingpage clickedurl",
    "campaign": "campaign campaignname utmcampaign campaignid mailing newsletter",
    "source": "utmsource source",
    "medium": "utmmedium medium",
    "user_agent": "useragent agent ua",
    "ip_address": "ip ipaddress clientip",
    "is_machine": "ismachine isbot bot machineopen sgmachineopen proxyopen isproxyopen",
    "device": "device devicetype devicecategory",
    "country": "country countrycode",
    "session_id": "sessionid session gasessionid",
    "page_title": "pagetitle title",
    "quantity": "quantity qty",
}
MOST_NAMES = 50
ADDRESS = "contains({0}, '@') and {0}[1] not in ('[', '{{')"


def propose(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The keys of a feed for the file at `path`, as its YAML has them, and what is doubtful of them.

    Raises NoProposalError.
    """
    if path.stat().st_size == 0:
        raise NoProposalError("the file is empty")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        feed = bare_feed(path)
        with prepared(feed, path) as readable:
            feed, names = _with_names(connection, feed, readable)
            if feed.format == "csv":
                refuse_values(names)
            feed = replace(feed, columns={name: name for name in names})
            opened = open_file(connection, feed, readable)
            if opened is None:
                raise NoProposalError("the file has blank lines only")
            connection.execute(
                f"create temp table sample as select * from {opened.relation} limit {SAMPLE_ROWS}"
            )
        keys = _keys(connection, feed, path, [name for name in names if name in opened.columns])
        return keys, doubts(connection, keys, names, times_of(connection, feed, names))


def _with_names(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> tuple[Feed, list[str]]:
    """The columns of the file, or the paths to the plain values of its records, which may be in a list."""
    if feed.format == "csv":
        return feed, list(open_csv(feed, path, inspect(path, "csv", feed.file_format.skip)).names or ())
    if feed.format == "parquet":
        scan = f"read_parquet({literal(str(path))})"
        found = connection.execute(
            f"select to_json(_rows)::varchar from {scan} as _rows limit {MOST_RECORDS}"
        ).fetchall()
    else:
        compression = compression_of(path)
        found = connection.execute(
            f"select json::varchar from read_json_objects({literal(str(path))}, format = 'auto', "
            f"compression = {literal(compression)}, maximum_object_size = {1 << 28}) limit {MOST_RECORDS}"
        ).fetchall()
    records = [msgspec.json.decode(text) for (text,) in found]
    names: dict[str, None] = {}
    if path_of_list := list_in(records) if feed.format != "parquet" else None:
        feed = replace(feed, file_format=replace(feed.file_format, explode=(path_of_list,)))
        for record in records:
            names |= dict.fromkeys(_paths(element_of(record, path_of_list), f"{path_of_list}."))
    if not path_of_list or len(records) > 1:  # what stands once in a document is of the document
        for record in records:
            names |= dict.fromkeys(_paths(record))
    return feed, [name for name in names if "@" not in name and name != path_of_list]


def _paths(record: Any, before: str = "", depth: int = 0) -> list[str]:
    if not isinstance(record, dict) or depth > 4:
        return []
    found: list[str] = []
    for key, value in record.items():
        name = f"{before}{key}"
        found += _paths(value, f"{name}.", depth + 1) if isinstance(value, dict) else [name]
    return found


def _keys(
    connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path, names: Sequence[str]
) -> dict[str, Any]:
    times = times_of(connection, feed, names)
    emails = [name for name in names if share(connection, name, ADDRESS.format(quoted(name))) >= FITS]
    emails.sort(key=lambda name: -values(connection, name))  # the host's is the same in every row
    columns: dict[str, str] = {}
    if (occurred_at := _named("occurred_at", list(times)) or _made(times)) is None:
        raise NoProposalError(
            "no column holds times, without which nothing is an event; if lines stand before the header, "
            f"or records in a list, write `skip` or `explode` (the columns are {', '.join(names[:9])})"
        )
    occurred_at = same_with_clock(connection, feed, occurred_at, times)
    columns["occurred_at"] = occurred_at
    clock = clock_of(connection, occurred_at, names)
    left = [name for name in names if name not in times and name != clock]
    if email := _named("email", emails) or next(iter(emails), None):
        columns["email"] = email
    for field in WORDS:
        others = [name for name in left if name not in columns.values() and name not in emails]
        others = [name for name in others if _can_be(connection, field, name)]
        if field not in columns and (name := _named(field, others)):
            columns[field] = name
    keys: dict[str, Any] = {"name": _feed_name(path), "path": str(path), "format": feed.format}
    if feed.file_format.encoding:
        keys["encoding"] = feed.file_format.encoding
    if feed.file_format.comment:
        keys["comment"] = feed.file_format.comment
    if feed.file_format.skip:
        keys["skip"] = feed.file_format.skip
    if feed.file_format.delimiter:
        keys["delimiter"] = feed.file_format.delimiter
    if feed.file_format.explode:
        keys["explode"] = list(feed.file_format.explode)
    keys["timezone"] = "UTC"
    if times[occurred_at]:
        keys["time_format"] = list(times[occurred_at])
    if "revenue" in columns:
        signs = amount_reading(connection, columns["revenue"])
        if signs is None:
            del columns["revenue"]
        else:
            keys |= {key: sign for key, sign in zip(("decimal", "thousands"), signs, strict=True) if sign}
    if not {"email", "user_id", "client_id"} & set(columns):
        raise NoProposalError("no column is called like an address, a user or a visitor")
    keys["columns"] = columns | ({"occurred_at": [occurred_at, clock]} if clock else {})
    if "event_name" in columns and (names_to_ours := _translated(connection, columns["event_name"])):
        keys["map"] = names_to_ours
    if "event_name" not in columns:
        is_order = {"revenue", "order_id"} & set(columns)
        keys["constants"] = {"event_name": "purchase" if is_order else UNKNOWN_NAME}
    return keys


def _named(field: str, names: Sequence[str]) -> str | None:
    """The name that is most like one of the field's words; the last step of a path counts too."""
    plain = {name: {_plain(".".join(name.split(".")[-steps:])) for steps in (0, 1, 2, 3)} for name in names}
    for word in WORDS[field].split():
        for name, spellings in plain.items():
            if word in spellings:
                return name
    return None


def _made(times: Mapping[str, object]) -> str | None:
    """The time of something's making before others: a meeting's start may be to come."""
    return next((name for name in times if "creat" in name.lower()), next(iter(times), None))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("ä", "a").replace("õ", "o"))


def _translated(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """Names of events that no rule knows, with the known ones that they may be."""
    found = connection.execute(
        f"select distinct trim({quoted(name)}) from sample where trim({quoted(name)}) <> '' "
        f"order by 1 limit {MOST_NAMES}"
    ).fetchall()
    return {text: known for (text,) in found if (known := closest(text)) and known != text}


def _can_be(connection: duckdb.DuckDBPyConnection, field: str, name: str) -> bool:
    """Whether the cells are what the field holds, where its name alone says little."""
    match field:
        case "event_id":
            return is_unique(connection, name)
        case "url":  # not the number of a page
            return (
                share(connection, name, f"contains({quoted(name)}, '/') or contains({quoted(name)}, '.')")
                >= FITS
            )
        case "user_id" | "client_id":  # not the names of people
            return share(connection, name, f"not contains(trim({quoted(name)}), ' ')") >= FITS
        case "is_machine":
            words = ", ".join(map(literal, (*TRUE_WORDS, "false", "f", "no", "n", "0", "0.0")))
            return share(connection, name, f"lower(trim({quoted(name)})) in ({words})") >= FITS
    return True


def _feed_name(path: Path) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_")
    return stem if stem[:1].isalpha() else f"feed_{stem}".strip("_")

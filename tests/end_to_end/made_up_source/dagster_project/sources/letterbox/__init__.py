"""Letterbox, a made-up e-mail service: one stream of letters by day, read with a key."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import requests

from dagster_project.sources.core.configuration import required
from dagster_project.sources.core.records import split_list
from dagster_project.sources.core.stream import Column, Kind, Page, Request, Source, Stream, requested_window

VARIABLES = {"LETTERBOX_URL": "Address of the API.", "LETTERBOX_KEY": "Key of the account."}
Configuration = tuple[str, ...]


def configure(environment: Mapping[str, str]) -> Configuration | None:
    return required("Letterbox", environment, tuple(VARIABLES))


@contextmanager
def connect(
    configuration: Configuration, _now: Callable[[], datetime], _sleep: Callable[[float], None]
) -> Iterator[Callable[[str], bytes]]:
    url, key = configuration

    def read(path: str) -> bytes:
        answer = requests.get(f"{url}/{path}", headers={"X-Key": key}, timeout=10)
        answer.raise_for_status()
        return answer.content

    yield read


def verify(read: Callable[[str], bytes]) -> None:
    read("letters/2000-01-01")


def letters(read: Callable[[str], bytes], request: Request) -> Iterator[Page]:
    for day in requested_window(request).days():
        yield Page(split_list(read(f"letters/{day}")), partition=day.isoformat())


LETTERS = Stream(
    name="letters",
    description="What happened to letters.",
    kind=Kind.WINDOW,
    columns=(
        Column("id", description="The vendor's number."),
        Column("at", description="When it happened, ISO 8601."),
        Column("kind", description="sent, opened or clicked."),
        Column("contact_key", path=("email",), pii="address", description="Contact key of the address."),
        Column("reader", description="Cookie of the browser."),
        Column("mailing", description="Mailing."),
        Column("agent", description="Agent that opened it."),
        Column("link", description="Address clicked."),
    ),
    natural_key=("id",),
    extract=letters,
    restatement_days=3,
    time_column="at",
)

SOURCE = Source(
    name="letterbox",
    title="Letterbox",
    streams=(LETTERS,),
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
)

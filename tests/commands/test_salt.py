"""A changed salt of contact keys: `milepost reload` makes all keys again, and nothing else goes on."""

import hashlib
from dataclasses import replace

import pytest

from dagster_project.landing import pull
from dagster_project.raw.connection import connect
from dagster_project.raw.schema import create_raw_tables
from dagster_project.raw.streams.load import load
from dagster_project.runtime.build_scope import BuildRecord, last_build, record
from dagster_project.sources.core.stream import Page, Request, Stream
from dagster_project.sources.registry import SOURCES, source
from tests.commands.conftest import CommandLine
from tests.landing.streams import NOW, encoded, now

SALT = "NaCl"
ADDRESSES = ("jane@example.com", "Joe@Example.com")
UNSALTED = [hashlib.sha256(address.lower().encode()).hexdigest() for address in ADDRESSES]
SALTED = [hashlib.sha256(f"{SALT}{address.lower()}".encode()).hexdigest() for address in ADDRESSES]


@pytest.fixture
def contacts() -> Stream:
    [stream] = [stream for stream in source("smaily").streams if stream.name == "contacts"]
    return stream


@pytest.fixture
def loaded(milepost: CommandLine, contacts: Stream) -> CommandLine:
    """Two contacts, landed, loaded and built without a salt; one more address, which has not landed."""
    root = milepost.settings.landing
    pull(
        "smaily", contacts, [Page(encoded({"email": address} for address in ADDRESSES))], root, now, Request()
    )
    with connect(milepost.settings) as connection:
        create_raw_tables(connection, SOURCES)
        load(connection, root, "smaily", contacts, now)
        connection.execute("insert into pii.contacts values ('key', 'old@example.com', now())")
        record(connection, BuildRecord("rows", "project", NOW, NOW, NOW))
    return milepost


def keys(milepost: CommandLine, salt: str) -> tuple[list[str], list[str], bool]:
    """Contact keys of the raw table and of the addresses, and whether a build is recorded."""
    with connect(replace(milepost.settings, contact_key_salt=salt)) as connection:
        raw = connection.execute(
            "select lower(hex(contact_key)) from raw.smaily__contacts order by 1"
        ).fetchall()
        known = connection.execute("select contact_key from pii.contacts order by 1").fetchall()
        return [key for (key,) in raw], [key for (key,) in known], last_build(connection) is not None


def test_a_reload_makes_every_key_again(loaded: CommandLine) -> None:
    old = hashlib.sha256(b"old@example.com").hexdigest()
    refused = loaded("reload", "smaily", changes={"MILEPOST_CONTACT_KEY_SALT": SALT})
    assert refused.returncode == 1
    assert "run `milepost reload` without naming sources" in " ".join(refused.stderr.split())
    assert keys(loaded, "") == (sorted(UNSALTED), sorted([*UNSALTED, "key"]), True)

    reloaded = loaded("reload", changes={"MILEPOST_CONTACT_KEY_SALT": SALT})
    assert reloaded.returncode == 0, reloaded.stderr
    salted_old = hashlib.sha256(f"{SALT}old@example.com".encode()).hexdigest()
    assert keys(loaded, SALT) == (sorted(SALTED), sorted([*SALTED, salted_old]), False)

    assert loaded("reload").returncode == 0
    assert keys(loaded, "") == (sorted(UNSALTED), sorted([*UNSALTED, old]), False)


def test_a_reload_with_the_same_salt_keeps_the_last_build(loaded: CommandLine) -> None:
    assert loaded("reload").returncode == 0
    assert keys(loaded, "")[2]

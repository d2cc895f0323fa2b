"""The installation secret: made once, kept from everyone, and the same for the life of a warehouse."""

import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.connection import connect
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.secret import FILE_NAME, has_salt
from dagster_project.raw.sql import contact_key
from dagster_project.settings import SettingError, Settings

ONE, OTHER = "one secret of more than 32 characters", "another secret, just as long as it must be"


def keys(settings: Settings) -> list[str]:
    """The keys in the warehouse, read without Milepost."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        [found] = connection.execute("select inner_key, outer_key, id_key from pii.digest_keys").fetchall()
    return list(found)


def opened(settings: Settings) -> None:
    with connect(settings):
        pass


def refusal(settings: Settings) -> str:
    with pytest.raises(WarehouseError) as refused:
        opened(settings)
    return str(refused.value)


def test_the_first_run_makes_a_secret_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    opened(settings)
    file = settings.home / FILE_NAME
    secret = file.read_text(encoding="ascii").strip()
    assert len(secret) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    first = keys(settings)
    assert [len(key) for key in first] == [64, 64, 32]
    assert len({*first}) == 3
    assert not any(secret in key or key in secret for key in first)
    opened(settings)
    assert keys(settings) == first
    assert secret.encode() not in settings.warehouse.read_bytes()
    other = replace(settings, home=tmp_path / "other")
    opened(other)
    assert not {*keys(other)} & {*first}, "every installation has its own"


def test_the_keys_follow_from_the_secret_alone(settings: Settings, tmp_path: Path) -> None:
    """Or a rebuilt warehouse would give every person another id."""
    opened(replace(settings, secret=ONE))
    assert not (settings.home / FILE_NAME).exists()
    in_file = replace(settings, home=tmp_path / "other")
    in_file.home.mkdir()
    (in_file.home / FILE_NAME).write_text(f"{ONE}\n", encoding="ascii")
    opened(in_file)
    assert keys(in_file) == keys(settings)
    inner = hmac.new(ONE.encode(), b"inner_key", hashlib.sha256).hexdigest()
    assert keys(settings)[0] == inner


def test_a_secret_that_is_gone_stops_the_run(settings: Settings) -> None:
    opened(settings)
    before = keys(settings)
    (settings.home / FILE_NAME).unlink()
    sentence = refusal(settings)
    assert f"The installation secret {settings.home / FILE_NAME} is missing" in sentence
    assert "milepost reload" in sentence
    assert not (settings.home / FILE_NAME).exists(), "a new one would hide that the old one is lost"
    assert keys(settings) == before


def test_another_secret_stops_the_run(settings: Settings) -> None:
    opened(settings)
    file = settings.home / FILE_NAME
    own = file.read_text(encoding="ascii")
    assert "MILEPOST_SECRET is not the installation secret" in refusal(replace(settings, secret=OTHER))
    file.write_text(OTHER, encoding="ascii")
    sentence = refusal(settings)
    assert f"{file} is not the installation secret" in sentence
    assert OTHER not in sentence
    file.write_text(own, encoding="ascii")
    opened(settings)


@pytest.mark.parametrize("content", [b"", b"\n", b"half of one", b" " * 64])
def test_a_damaged_secret_stops_the_run(settings: Settings, content: bytes) -> None:
    settings.home.mkdir()
    (settings.home / FILE_NAME).write_bytes(content)
    sentence = refusal(settings)
    assert f"The installation secret {settings.home / FILE_NAME} has {len(content.strip())} char" in sentence
    opened(replace(settings, secret=ONE))


def test_a_secret_that_cannot_be_read_stops_the_run(settings: Settings) -> None:
    (settings.home / FILE_NAME).mkdir(parents=True)
    assert "cannot be read (Is a directory)" in refusal(settings)


def test_a_secret_that_others_could_read_is_closed_to_them(settings: Settings) -> None:
    opened(settings)
    (settings.home / FILE_NAME).chmod(0o644)
    opened(settings)
    assert (settings.home / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_short_secret_of_the_environment_is_refused() -> None:
    with pytest.raises(SettingError, match="MILEPOST_SECRET has 4 characters") as refused:
        Settings.from_environment({"MILEPOST_SECRET": "abcd"})
    assert "abcd" not in str(refused.value)


def test_secrets_are_not_in_what_a_program_may_print() -> None:
    settings = Settings.from_environment({"MILEPOST_SECRET": ONE, "MILEPOST_CONTACT_KEY_SALT": "NaCl"})
    assert ONE not in repr(settings)
    assert "NaCl" not in repr(settings)


def test_a_warehouse_of_an_earlier_version_gets_its_keys(settings: Settings) -> None:
    opened(settings)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("drop table pii.digest_keys")
    (settings.home / FILE_NAME).unlink()
    opened(settings)
    assert len(keys(settings)) == 3


def test_contact_keys_have_the_salt_before_the_address(settings: Settings) -> None:
    address = "  Jane.Doe@Example.COM "
    salted = replace(settings, contact_key_salt="NaCl")
    with connect(salted) as connection:
        assert has_salt(connection, "NaCl")
        [(key, blank)] = connection.execute(
            f"select {contact_key('$address')}, {contact_key('$blank')}", {"address": address, "blank": " "}
        ).fetchall()
    assert key == hashlib.sha256(b"NaCljane.doe@example.com").hexdigest()
    assert blank is None


@pytest.mark.parametrize(("before", "after"), [("", "NaCl"), ("NaCl", ""), ("NaCl", "NaCl ")])
def test_another_salt_stops_the_run(settings: Settings, before: str, after: str) -> None:
    opened(replace(settings, contact_key_salt=before))
    sentence = refusal(replace(settings, contact_key_salt=after))
    assert "MILEPOST_CONTACT_KEY_SALT is not the salt" in sentence
    assert "`milepost reload`" in sentence
    assert "NaCl" not in sentence
    opened(replace(settings, contact_key_salt=before))

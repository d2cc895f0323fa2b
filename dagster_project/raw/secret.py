"""The installation secret, and the keys made of it, by which published digests cannot be computed elsewhere.

Anyone with a list of addresses could compute an unkeyed digest of each and find the persons. DuckDB has no
HMAC, so the keys, not the secret, are in a table of schema `pii`, where loading and dbt's models read them.
"""

import hmac
import os
import secrets

import duckdb

from dagster_project.landing.durable import sync_directory
from dagster_project.landing.private import make_private
from dagster_project.raw.errors import WarehouseError
from dagster_project.raw.sql import contact_key, literal
from dagster_project.settings import SHORTEST_SECRET, Settings

FILE_NAME = "secret"
TABLE = """
create schema if not exists pii;
create table if not exists pii.digest_keys (
    inner_key varchar,
    outer_key varchar,
    id_key varchar,
    contact_key_salt varchar,
);
"""
COMMENT = (
    "Keys of the digests that are published, made of the installation secret, and the salt of contact keys. "
    "One row."
)
_COLUMNS = ("inner_key", "outer_key", "id_key")


def settle_keys(
    connection: duckdb.DuckDBPyConnection, settings: Settings, accepts_salt: bool = False
) -> None:
    """Write the keys into a new warehouse, or verify that an existing one has them.

    At the first run the secret is made, in a file of the home. Raises WarehouseError when the secret of an
    existing warehouse is missing or another, or, unless `accepts_salt`, the salt of its contact keys.
    """
    connection.execute(TABLE)
    found = connection.execute(
        f"select {', '.join(_COLUMNS)}, contact_key_salt from pii.digest_keys"
    ).fetchall()
    if not found:
        write_keys(connection, _secret(settings) or _new_secret(settings), settings.contact_key_salt)
        return
    [(*keys, salt)] = found
    secret = _secret(settings)
    if secret is None:
        raise WarehouseError(
            f"The installation secret {settings.home / FILE_NAME} is missing, with which the persons of "
            f"{settings.warehouse} were named; restore it or set MILEPOST_SECRET, or move the warehouse away "
            "and run `milepost reload`, which gives every person another person_id."
        )
    if keys != [*_keys(secret)]:
        raise WarehouseError(
            f"{_place(settings)} is not the installation secret with which the persons of "
            f"{settings.warehouse} were named; restore that one, or move the warehouse away and run "
            "`milepost reload`, which gives every person another person_id."
        )
    if salt != settings.contact_key_salt and not accepts_salt:
        raise WarehouseError(
            "MILEPOST_CONTACT_KEY_SALT is not the salt with which the contact keys of "
            f"{settings.warehouse} were made; set that one, or run `milepost reload` to make them again."
        )


def write_keys(connection: duckdb.DuckDBPyConnection, secret: bytes, contact_key_salt: str = "") -> None:
    """Write the keys of `secret` into a warehouse that has none."""
    connection.execute(TABLE)
    connection.execute("insert into pii.digest_keys values (?, ?, ?, ?)", [*_keys(secret), contact_key_salt])
    connection.execute(f"comment on table pii.digest_keys is {literal(COMMENT)}")


def has_salt(connection: duckdb.DuckDBPyConnection, salt: str) -> bool:
    """Whether the contact keys of the warehouse were made with `salt`."""
    return connection.execute("select contact_key_salt from pii.digest_keys").fetchall() == [(salt,)]


def change_salt(connection: duckdb.DuckDBPyConnection, salt: str) -> None:
    """Make the contact keys of all known addresses again, but not in raw tables of sources.

    The next build is full.
    """
    connection.execute("update pii.digest_keys set contact_key_salt = ?", [salt])
    connection.execute(f"""
        update raw._audience_assignments as assignments
        set contact_key = {contact_key("contacts.email")}
        from (select contact_key, min(email) as email from pii.contacts group by contact_key) as contacts
        where assignments.contact_key = contacts.contact_key
    """)
    connection.execute(f"update pii.contacts set contact_key = {contact_key('email')}")
    connection.execute("delete from raw._builds")


def _keys(secret: bytes) -> tuple[str, ...]:
    """Two keys of 64 characters, a block of SHA-256 each, and one of 32 for ids, of which many are made."""
    inner, outer, of_ids = (hmac.digest(secret, name.encode(), "sha256").hex() for name in _COLUMNS)
    return inner, outer, of_ids[:32]


def _secret(settings: Settings) -> bytes | None:
    """From the environment, else from its file; None without either.

    Raises WarehouseError when the file cannot be read or does not hold a secret.
    """
    if settings.secret:
        return settings.secret.encode()
    path = settings.home / FILE_NAME
    try:
        secret = path.read_bytes().strip()
        make_private(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WarehouseError(
            f"The installation secret {path} cannot be read ({error.strerror}); make it a file that this "
            "user owns."
        ) from None
    if len(secret) < SHORTEST_SECRET:
        raise WarehouseError(
            f"The installation secret {path} has {len(secret)} characters, which are a part of one or can be "
            f"guessed; restore it, or put at least {SHORTEST_SECRET} random ones there."
        )
    return secret


def _new_secret(settings: Settings) -> bytes:
    path = settings.home / FILE_NAME
    secret = secrets.token_hex(32).encode()
    temporary = path.with_name(f"{FILE_NAME}.tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)
    return secret


def _place(settings: Settings) -> str:
    return "MILEPOST_SECRET" if settings.secret else str(settings.home / FILE_NAME)

"""SQL fragments and helpers that the modules of this package share."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def contact_key(address: str) -> str:
    """SQL of the contact key of the address in SQL expression `address`; null for a blank one.

    Lower-case hex SHA-256 of the salt, if there is one, and the trimmed, lower-cased address, as the web site
    computes it.
    """
    salt = "coalesce((select contact_key_salt from pii.digest_keys), '')"
    return f"sha256({salt} || nullif({plain_address(address)}, ''))"


def plain_address(address: str) -> str:
    return f"lower(trim({address}))"


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit the block's statements, or roll all of them back."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


@contextmanager
def without_optimizers(connection: duckdb.DuckDBPyConnection, names: str) -> Iterator[None]:
    """Run the block's statements without DuckDB's optimizers `names`.

    Without `build_side_probe_side` a load takes a quarter less CPU with DuckDB 2.0.0, which underestimates
    the rows of files and would build the hash table of a join from them. The setting applies to the whole
    database; it is set by a separate cursor, because a transaction with a failed statement accepts no other.
    """
    with connection.cursor() as settings:
        settings.execute(f"set disabled_optimizers = {literal(names)}")
        try:
            yield
        finally:
            settings.execute("reset disabled_optimizers")


def count(connection: duckdb.DuckDBPyConnection, sql: str, parameters: object = None) -> int:
    """The one number that `sql` returns: a count, or how many rows a statement changed."""
    [(number,)] = connection.execute(sql, parameters).fetchall()  # fetchone would leave the result open
    return int(number)

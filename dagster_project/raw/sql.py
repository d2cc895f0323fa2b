"""SQL fragments and helpers that the modules of this package share."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dagster_project.sources.core import spellings

# Some of what no step changes.
_PLAIN = "[a-z0-9][a-z0-9._+-]*@[a-z0-9.-]*[a-z0-9]"


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def contact_key(address: str) -> str:
    """SQL of the contact key of the address in SQL expression `address`; null for a text that is none.

    Lower-case hex SHA-256 of the salt, if there is one, and the plain address, as the web site computes it.
    """
    salt = "coalesce((select contact_key_salt from pii.digest_keys), '')"
    return f"sha256({salt} || {plain_address(address)})"


def plain_address(address: str) -> str:
    """SQL of `spellings.plain`: the address in its one spelling, null for a text without an @.

    Nearly every address stands in it already, which one pattern finds at a tenth of the cost of all steps.
    """
    plain = f"nfc_normalize({address})"
    for pattern, replacement in spellings.STEPS:
        plain = f"regexp_replace({plain}, {literal(pattern)}, {literal(replacement)}, 'g')"
    (capital, small), (final, sigma) = spellings.LOWERED
    plain = f"lower(replace({plain}, {literal(capital)}, {literal(small)}))"
    plain = f"replace({plain}, {literal(final)}, {literal(sigma)})"
    return (
        f"case when regexp_full_match({address}, {literal(_PLAIN)}) then {address} "
        f"when contains({plain}, '@') then {plain} end"
    )


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

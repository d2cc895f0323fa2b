"""SQL that turns one value of a record, read as text, into its column's value."""

from dataclasses import dataclass

from dagster_project.raw import plausibility
from dagster_project.raw.addresses import address_in
from dagster_project.raw.sql import literal, quoted
from dagster_project.raw.streams.times import TIMES, Time
from dagster_project.sources.core.stream import Column

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
AMOUNTS = ("FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Value:
    """A column with the SQL of its uncast value and the value's JSON path.

    `is_own_time`: the column is the time of the record itself. An implausible amount is left out.
    """

    column: Column
    text: str
    json_path: str
    is_own_time: bool = False

    @property
    def cast(self) -> str:
        """SQL of the column's value; raises on a value that is not of the type."""
        if self.column.pii == "address":
            return f"{self._keys}._contact_key"
        if self.column.pii == "contact_key":
            return f"coalesce(lower(hex({self._keys}._contact_key)), {self.text})"
        type_ = self._type
        if type_ in ("VARCHAR", "JSON"):
            return self.text
        if type_ in INTEGERS:
            no_integer = "error('not an integer')"
            return f"cast(case when {self._is_no_integer} then {no_integer} else {self.text} end as {type_})"
        value = f"cast({self.text} as {type_})"
        return f"case when {self._is_implausible} then null else {value} end" if self.is_amount else value

    @property
    def uncertain(self) -> str:
        """SQL of the value as its type, null where it is not of the type."""
        return f"try_cast({self.text} as {self._type})"

    @property
    def amount_correction(self) -> str:
        """SQL of the reason why an amount is left out, or null."""
        reason = literal(f"{self.column.name} is not a plausible number and was left out")
        return f"case when {self._is_implausible} then {reason} end"

    @property
    def address(self) -> str | None:
        """SQL of the value's address; None for a column that is known to have none."""
        match self.column.pii:
            case "address":
                return self.text
            case "contact_key":
                return address_in(self.text)
        return None

    @property
    def join(self) -> str:
        """SQL of the join with `_contact_keys`, which has the contact key of every address."""
        return f"left join _contact_keys as {self._keys} on {self.address} = {self._keys}._address"

    @property
    def is_invalid(self) -> str | None:
        """SQL that is true for a non-null value that is not of the type; None where every value is valid."""
        type_ = self._type
        if self.column.pii == "address" or type_ in ("VARCHAR", "JSON"):
            return None
        failed = f"{self.text} is not null and {self.uncertain} is null"
        return f"({failed}) or coalesce({self._is_no_integer}, false)" if type_ in INTEGERS else failed

    @property
    def is_amount(self) -> bool:
        return self._type.startswith(AMOUNTS) and "[" not in self._type

    @property
    def time(self) -> "Time | None":
        """The limits of a column that is a time."""
        return Time(self.column, self.is_own_time) if self._type in TIMES else None

    @property
    def _type(self) -> str:
        return self.column.type.upper()

    @property
    def _keys(self) -> str:
        return quoted(f"_key of {self.column.name}")

    @property
    def _is_no_integer(self) -> str:
        """SQL that is true for a fraction, and for 1_000, 0x10 and 0b11, which are numbers to SQL only."""
        number = f"try_cast({self.text} as double)"
        is_other = f"contains({self.text}, '_') or {number} is null or {number} <> floor({number})"
        # the text of the integer first: it excludes nearly every value at a fraction of the cost
        return f"({self.uncertain}::varchar <> {self.text} and ({is_other}))"

    @property
    def _is_implausible(self) -> str:
        number = f"try_cast({self.text} as double)"
        return (
            f"{number} is not null and ({plausibility.is_not_a_number(number, self.text)} "
            f"or {plausibility.is_too_large(number)})"
        )

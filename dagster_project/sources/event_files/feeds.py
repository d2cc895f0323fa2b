"""What a feed of event files is, and the columns all feeds share."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dagster_project.sources.event_files.file_format import FileFormat

SOURCE_NAME = "event_files"

# The columns every feed's raw table has, and their types.
EVENT_COLUMNS: Mapping[str, str] = {
    "event_id": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "event_name": "VARCHAR",
    "contact_key": "VARCHAR",
    "user_id": "VARCHAR",
    "client_id": "VARCHAR",
    "url": "VARCHAR",
    "campaign": "VARCHAR",
    "source": "VARCHAR",
    "medium": "VARCHAR",
    "revenue": "DOUBLE",
    "currency": "VARCHAR",
    "order_id": "VARCHAR",
    "order_status": "VARCHAR",
    "experiment": "VARCHAR",
    "variant": "VARCHAR",
    "analytics_consent": "VARCHAR",
    "marketing_consent": "VARCHAR",
    "properties": "JSON",
}


def shown(address: str) -> str:
    """An address of a file without the credentials, or the signature, that it can hold."""
    protocol, _, rest = address.rpartition("://")
    if not protocol:
        return address
    host, slash, below = rest.partition("/")
    below = below.split("?", 1)[0] if protocol.startswith("http") else below
    return f"{protocol}://{host.rpartition('@')[2]}{slash}{below}"


@dataclass(frozen=True)
class OrderRules:
    """How a feed's orders are counted; none of it changes how a file is loaded.

    Equal order ids within one `namespace` are one order. `same_as` lists feeds and sources that report the
    same orders by the same ids, `separate_from` those that report other orders; `is_separate` says that no
    other reports them. `revenue_is` is `order_total` (the largest amount of an order's rows counts) or
    `line_amount` (their sum).
    """

    namespace: str
    same_as: tuple[str, ...] = ()
    is_separate: bool = False
    revenue_is: str = "order_total"
    separate_from: tuple[str, ...] = ()


# Fields of the models that no raw column holds: loading writes them into the properties under these names.
PROPERTY_FIELDS = (
    "device",
    "country",
    "session_id",
    "page_title",
    "engagement_seconds",
    "quantity",
    "mailbox_provider",
    "folder",
)

# Columns of a file that stay among its properties, and are read there to tell machines from persons.
OPEN_FIELDS = ("user_agent", "ip_address", "is_machine", "opens_observable")


@dataclass(frozen=True)
class OpenRules:
    """What a feed says of its e-mail events; none of it changes how a file is loaded.

    `columns` maps `OPEN_FIELDS` to the file's columns. `is_machine` and `opens_observable` hold for rows that
    say nothing themselves.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    is_machine: bool | None = None
    opens_observable: str | None = None

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        given = {
            **{f"{name}_column": column for name, column in sorted(self.columns.items())},
            "is_machine": None if self.is_machine is None else str(self.is_machine).lower(),
            "opens_observable": self.opens_observable,
        }
        return tuple((name, value) for name, value in given.items() if value is not None)


@dataclass(frozen=True)
class ActRules:
    """Which events of a feed are acts of the person, before what seed event_kinds and the rules say.

    `every_name` makes acts of all names that the seed does not exclude; `not_actions` are none in any case.
    """

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    every_name: bool = False

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        return (
            *(("action", name) for name in self.actions),
            *(("not_action", name) for name in self.not_actions),
            *((("every_name_is_action", "true"),) if self.every_name else ()),
        )


@dataclass(frozen=True)
class Completeness:
    """Until when a feed's files are complete; its last event says it where nothing is declared.

    From `retired_on` the feed reports nothing any more, and no outcome waits for it.
    """

    complete_through: datetime | None = None
    retired_on: date | None = None


NOTHING_DECLARED = Completeness()
PLAIN_FORMAT = FileFormat()
# Counts up when loading makes other events of the same file, so that files are loaded again.
READING = 3


@dataclass(frozen=True)
class Feed:
    """One kind of event file.

    `columns` maps Milepost's fields to the file's columns, `constants` gives fields the same value in every
    row. Timestamps without an offset are local to `timezone`; in the repeated hour when daylight-saving time
    ends they are taken as the later one. Columns that are not mapped go to `properties`, unless they are in
    `exclude`: those are left out, and do not distinguish events. `daily_totals` is a file of the shop's own
    totals of its orders, which are compared with what was loaded. `property_columns` maps names among the
    properties to the file's columns or paths. Equal user ids of feeds of one `user_namespace` are one user;
    `common`, and no namespace, is that of the other sources.
    """

    name: str
    path: str
    format: str
    timezone: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    every_column_distinguishes: bool = False
    order_rules: OrderRules | None = None
    act_rules: ActRules = ActRules()
    completeness: Completeness = NOTHING_DECLARED
    open_rules: OpenRules = field(default_factory=OpenRules)
    daily_totals: str | None = None
    property_columns: Mapping[str, str] = field(default_factory=dict)
    file_format: FileFormat = PLAIN_FORMAT
    user_namespace: str | None = None

    @property
    def shown_path(self) -> str:
        """`path` for people."""
        return shown(self.path)

    @property
    def digest(self) -> str:
        """Changes whenever the same file would be loaded differently."""
        parts = (
            READING,
            self.format,
            self.timezone,
            sorted(self.columns.items()),
            sorted(self.constants.items()),
            sorted(self.exclude),
            sorted(self.property_columns.items()),
            self.file_format,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What the models must know of the feed: pairs of setting and value, a list as several pairs."""
        rules = self.order_rules or OrderRules(self.name)
        return (
            ("order_namespace", rules.namespace),
            ("revenue_is", rules.revenue_is),
            *(("exclude", name) for name in self.exclude),
            *(("same_orders_as", other) for other in rules.same_as),
            *(("separate_from", other) for other in rules.separate_from),
            *((("orders_are_separate", "true"),) if rules.is_separate else ()),
            *((("user_namespace", self.user_namespace),) if self.user_namespace else ()),
            *self.act_rules.settings,
            *_dated("complete_through", self.completeness.complete_through),
            *_dated("retired_on", self.completeness.retired_on),
            *self.open_rules.settings,
        )


def _dated(setting: str, day_or_instant: date | None) -> tuple[tuple[str, str], ...]:
    return ((setting, day_or_instant.isoformat()),) if day_or_instant else ()


def end_of(text: str, zone: tzinfo) -> datetime:
    """The instant that `text` ends at, in UTC: of a day its end in `zone`."""
    try:
        instant = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
    except ValueError:
        instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)

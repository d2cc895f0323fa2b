"""What a feed of event files is, and the columns all feeds share."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    "experiment": "VARCHAR",
    "variant": "VARCHAR",
    "properties": "JSON",
}


@dataclass(frozen=True)
class Feed:
    """One kind of event file.

    `columns` maps Milepost's fields to the file's columns, `constants` gives fields the same value in every
    row. Timestamps without an offset are local to `timezone`; in the repeated hour when daylight-saving time
    ends they are taken as the later one. Columns that are not mapped go to `properties`, unless they are in
    `exclude`: those are left out, and do not distinguish events.
    """

    name: str
    path: str
    format: str
    timezone: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes whenever the same file would be loaded differently."""
        parts = (
            self.format,
            self.timezone,
            sorted(self.columns.items()),
            sorted(self.constants.items()),
            sorted(self.exclude),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

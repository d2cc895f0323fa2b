"""The paths and the clock of an installation, read from the environment when called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

YEARS = range(1990, 2101)  # of the clock: calendars and partitions reach some decades beyond it

SHORTEST_SECRET = 32  # characters


class SettingError(ValueError):
    """A variable of Milepost itself is invalid. The message is one sentence for a person."""


@dataclass(frozen=True)
class Settings:
    """Paths and the clock of one installation.

    `home` holds everything Milepost writes but what is published elsewhere. `now` is the current instant
    (UTC), unless `MILEPOST_NOW` (ISO 8601) pins it, as the demo and the tests do. Without `secret` the
    installation secret is in a file of `home` (see raw/secret.py).
    """

    home: Path
    pinned_now: datetime | None
    secret: str = field(default="", repr=False)
    contact_key_salt: str = field(default="", repr=False)
    published_elsewhere: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read `MILEPOST_HOME` (default `data`), `MILEPOST_PUBLISHED`, `MILEPOST_NOW` and the secrets.

        Raises SettingError when `MILEPOST_NOW` is not an ISO 8601 instant or `MILEPOST_SECRET` is short.
        """
        pinned = environment.get("MILEPOST_NOW", "")
        now: datetime | None = None
        if pinned:
            try:
                now = datetime.fromisoformat(pinned)
                now = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
            except (ValueError, OverflowError):
                now = None
            if now is None or now.year not in YEARS:
                raise SettingError(
                    f"MILEPOST_NOW is {pinned!r}, which is not an ISO 8601 instant of the years "
                    f"{YEARS[0]} to {YEARS[-1]}; write it like 2026-11-16T04:00:00Z."
                )
        secret = environment.get("MILEPOST_SECRET", "").strip()
        if secret and len(secret) < SHORTEST_SECRET:
            raise SettingError(
                f"MILEPOST_SECRET has {len(secret)} characters, which can be guessed; set at least "
                f"{SHORTEST_SECRET} random ones, as `openssl rand -hex 32` prints them."
            )
        published = environment.get("MILEPOST_PUBLISHED", "")
        return cls(
            home=Path(environment.get("MILEPOST_HOME") or "data").absolute(),
            pinned_now=now,
            secret=secret,
            contact_key_salt=environment.get("MILEPOST_CONTACT_KEY_SALT", ""),
            published_elsewhere=Path(published).absolute() if published else None,
        )

    def now(self) -> datetime:
        """The current instant, UTC."""
        return self.pinned_now or datetime.now(UTC)

    def owns(self, path: Path) -> bool:
        """Whether Milepost itself writes `path`; other files in `home` may be anyone's."""
        if not path.is_relative_to(self.home):
            return False
        first = path.relative_to(self.home).parts[:1]
        folders = {self.landing.name, self.published.name, self.audiences.name, "dagster"}
        return any(name in folders or name.startswith(self.warehouse.name) for name in first)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def audiences(self) -> Path:
        return self.home / "audiences"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.published_elsewhere or self.home / "published"

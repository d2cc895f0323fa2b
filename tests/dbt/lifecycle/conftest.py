"""Persons by hand, put into the tables that the marts on the lifecycle read; only these marts are made."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.dbt.compiled_project import CompiledProject

START = datetime(2026, 1, 1, 8)
KNOWN = 200.0  # days after the start until which everything is known
REPORTS = (
    "rpt_trials", "rpt_carts", "rpt_loyalty", "rpt_replies", "rpt_reviews", "rpt_social_shares",
    "rpt_deliverability", "rpt_milestones", "rpt_referrals",
)  # fmt: skip
REVIEWS = ("int_review_invitations", "int_reviews", "int_review_groups", "rpt_reviews")
MILESTONES = ("int_milestone_dates", "rpt_milestones")
REFERRALS = ("int_referral_counts", "rpt_referrals")
FLOWS = (
    "int_sequence_steps", "int_sequence_moves", "int_flow_steps", "fct_automation_members", "rpt_automations",
)  # fmt: skip
PREFERENCES = ("int_velocity_counts", "int_velocity_estimates", "rpt_preferences")
INPUTS = (
    "marts.dim_persons", "marts.fct_events", "marts.fct_micro_conversions", "marts.fct_macro_conversions",
    "marts.fct_email_sends", "marts.fct_sessions", "marts.fct_refunds", "marts.dim_campaigns",
    "marts.dim_links", "marts.fct_link_clicks_daily", "marts.rpt_send_times", "intermediate.int_absences",
    "intermediate.int_left_truncated_persons", "intermediate.int_referral_edges",
    "intermediate.int_campaigns",
    "intermediate.int_person_exits", "intermediate.int_velocity_spells", "intermediate.int_sequence_progress",
    "intermediate.int_sequence_referrals",
)  # fmt: skip


def wilson(count: int, n: int) -> tuple[float, float]:
    lower, upper = proportion_confint(count, n, method="wilson")
    return float(lower), float(upper)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


@dataclass
class World:
    """Rows by table, and what the sources report."""

    observable: set[str] | None = None  # catalogue rows; all when None
    known: float = KNOWN
    # By outcome, a catalogue row, `any` macro-conversion or `activity`, where it is not known from the start.
    begins: dict[str, datetime] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    events: int = 0

    def add(self, table: str, **values: Any) -> "World":
        self.rows[table].append(values)
        return self

    def person(
        self, key: int, since: float = 0, *, kind: str = "contact", truncated: bool = False
    ) -> "World":
        self.add(
            "marts.dim_persons",
            person_key=key,
            person_id=f"p{key}",
            person_kind=kind,
            first_seen_at=at(since),
        )
        return self.add("intermediate.int_left_truncated_persons", person_key=key) if truncated else self

    def persons(self, *keys: int, since: float = 0) -> "World":
        for key in keys:
            self.person(key, since)
        return self

    def micro(self, key: int, name: str, days: float, *, known: bool = True, **values: Any) -> "World":
        self.events += 1
        row = {"event_id": self.events, "person_key": key, "micro_conversion": name, "occurred_at": at(days)}
        described = {name: values.pop(name) for name in ("properties",) if name in values}
        self.add("marts.fct_events", **row, is_machine=False, **described)
        return self.add("marts.fct_micro_conversions", **row, is_known=known, **values)

    def macro(self, key: int, name: str, days: float, **values: Any) -> "World":
        self.events += 1
        given = {"is_order": name == "purchase", "is_fully_refunded": False, "net_revenue": 10} | values
        return self.add(
            "marts.fct_macro_conversions",
            macro_conversion_id=self.events,
            person_key=key,
            macro_conversion=name,
            occurred_at=at(days),
            **given,
        )

    def buys(self, key: int, *days: float) -> "World":
        for day in days:
            self.macro(key, "purchase", day)
        return self

    def campaign(
        self, key: str, *, sequence: str | None = None, goal: str | None = None, tag: str = "t"
    ) -> "World":
        self.add("intermediate.int_campaigns", campaign_key=key, tags=[tag])
        return self.add(
            "marts.dim_campaigns",
            campaign_key=key,
            name=key.upper(),
            kind="flow",
            tags=tag,
            sequence_id=sequence,
            goal_micro_conversion=goal,
        )

    def send(self, key: int | None, campaign: str, days: float, **values: Any) -> "World":
        """Delivered, and of a person with opens that can be seen, unless the values say otherwise."""
        self.events += 1
        given = {"delivered_at": at(days), "opens_observable": "yes", "mailbox_provider": "gmail"} | values
        self.add(
            "marts.fct_events",
            event_id=self.events,
            person_key=key,
            campaign_key=campaign,
            event_name="send",
            occurred_at=at(days),
        )
        return self.add(
            "marts.fct_email_sends",
            email_send_id=self.events,
            person_key=key,
            email_id=campaign,
            campaign_key=campaign,
            sent_at=at(days),
            **given,
        )

    def reported(self, since: float, *names: str) -> "World":
        """These are reported from then on."""
        self.begins |= dict.fromkeys(names, at(since))
        return self


@dataclass(frozen=True)
class Lifecycle:
    project: CompiledProject

    def measure(self, world: World, *models: str) -> "Lifecycle":
        with self.project.connect() as connection:
            for table in INPUTS:
                connection.execute(f"delete from {table}")
            for table, rows in world.rows.items():
                for row in rows:
                    names, marks = ", ".join(row), ", ".join("?" for _ in row)
                    connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
            self._report(connection, world)
            self.project.make_alone(connection, models)
        return self

    @staticmethod
    def _report(connection: duckdb.DuckDBPyConnection, world: World) -> None:
        connection.execute(
            "update intermediate.int_outcome_watermarks set watermark_at = ?", [at(world.known)]
        )
        connection.execute(
            "update intermediate.int_outcome_watermarks set known_from = null, is_reported = false"
        )
        for name, since in world.begins.items():
            connection.execute(
                "update intermediate.int_outcome_watermarks set known_from = $since, is_reported = true"
                " where outcome_type = $name"
                " or outcome_type in ('micro_conversion', 'macro_conversion') and outcome = $name",
                {"since": since, "name": name},
            )
        connection.execute(
            "update intermediate.int_sequence_watermarks set watermark_at = ?", [at(world.known)]
        )
        connection.execute("update intermediate.int_data_watermark set watermark_at = ?", [at(world.known)])
        connection.execute(
            "update intermediate.int_observable_micro_conversions"
            " set has_rule = true, is_observable = ? or list_contains(?, micro_conversion)",
            [world.observable is None, sorted(world.observable or [])],
        )

    def rows(self, mart: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        return self.project.rows(f"select {columns} from marts.{mart} where {where} order by all")

    def row(self, mart: str, columns: str, where: str) -> tuple[Any, ...]:
        [found] = self.rows(mart, columns, where)
        return found


@pytest.fixture(scope="package")
def lifecycle(compiled: CompiledProject) -> Lifecycle:
    """Everything that the marts read, without data."""
    needed: Sequence[str] = (*REPORTS, *PREFERENCES, "rpt_claims", "rpt_automations")
    compiled.build({}, *needed)
    return Lifecycle(compiled)

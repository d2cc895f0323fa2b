"""The journey models' own compiled SQL on made-up events in memory: fast enough for many examples."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.compiled_project import take_compiled
from tests.dbt.harness import Warehouse

# The SQL models from the identified events to the counts, in the order in which they build on each other.
MODELS = (
    "int_event_sessions",
    "fct_events",
    "int_reported_months",
    "int_reported_events",
    "int_data_watermark",
    "int_source_watermarks",
    "int_micro_conversion_lineage",
    "int_outcome_watermarks",
    "int_referral_edges",
    "int_sequence_steps",
    "int_sequence_step_types",
    "int_sequence_moves",
    "int_sequence_entries",
    "int_sequence_watermarks",
    "int_exchange_rates",
    "int_order_reports",
    "int_orders",
    "int_order_id_matches",
    "int_order_matches",
    "int_matched_orders",
    "int_order_events",
    "int_order_totals",
    "int_refunds",
    "fct_macro_conversions",
    "fct_refunds",
    "fct_sessions",
    "int_person_exits",
    "int_person_days",
    "int_journey_events",
    "fct_micro_conversions",
    "int_sequence_progress",
    "int_sequence_persons",
    "int_journeys_completed_sequences",
    "int_journeys",
    "fct_journeys",
    "int_journey_stages",
    "fct_journey_stages",
    "int_stage_visit_outcomes",
    "int_stage_visit_follow_up",
    "int_stage_visit_counts",
    "int_stage_transition_outcomes",
    "int_person_first_touches",
    "int_left_truncated_persons",
    "int_stage_transition_follow_up",
    "int_stage_transition_counts",
    "int_path_steps",
    "int_path_prefixes",
    "int_path_counts",
    "int_later_cohorts",
    "int_cohort_counts",
    "int_sequence_referrals",
    "int_funnel_counts",
    "int_funnel_durations",
    "int_person_steps",
    "int_predecessor_counts",
    "int_person_exposures",
    "int_person_completions",
    "int_person_completion_cells",
    "int_email_exposures",
    "int_email_completions",
    "int_email_completion_cells",
    "int_completion_counts",
    "int_benchmark_bands",
)
Event = Mapping[str, Any]


def _first_open(events: Iterable[Event], person: int, email: str, by_machines: bool) -> datetime | None:
    """When a person, or a machine too, first opened or clicked an e-mail."""
    times = [
        event["occurred_at"]
        for event in events
        if (event["person_key"], event["email_id"]) == (person, email)
        and any(word in (event["micro_conversion"] or "") for word in ("open", "click"))
        and (by_machines or not event["is_machine"])
    ]
    return min(times, default=None)


class JourneyModels:
    """Compile once, then `load` any events: a list of dicts by column of `int_events_identified`."""

    def __init__(self, home: Path) -> None:
        warehouse, manifest = take_compiled(home)
        nodes = {
            node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"
        }
        self.sql = {name: nodes[name]["compiled_code"] for name in MODELS}
        self.analyses = {
            node["name"]: node["compiled_code"]
            for node in manifest["nodes"].values()
            if node["resource_type"] == "analysis"
        }
        self.schemas = {name: nodes[name]["schema"] for name in MODELS}
        self._read = {
            name: [node.rpartition(".")[2] for node in nodes[name]["depends_on"]["nodes"]] for name in MODELS
        }
        self.columns = {
            column["name"]: column["data_type"]
            for column in nodes["int_events_identified"]["columns"].values()
        }
        self.stages = {
            row["micro_conversion"]: (row["journey_stage"], row["polarity"] == "macro")
            for row in self._seed_rows(warehouse)
        }
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse; use warehouse")
        for schema in ("intermediate", "marts", "staging", "raw"):
            self.connection.execute(f"create schema {schema}")
        with warehouse.connect() as source:
            for (seed,) in source.execute(
                "select table_name from information_schema.tables where table_schema = 'staging'"
                " and table_type = 'BASE TABLE'"
            ).fetchall():
                rows = source.sql(f"select * from staging.{seed}").to_arrow_table()
                self._create("staging", seed, rows)
            rates = source.sql("select * from raw._exchange_rates").to_arrow_table()
            self._create("raw", "_exchange_rates", rates)
        catalogue = "staging.micro_conversion_types"
        self.connection.execute(compile_macros(home, {"sources": "create_source_enum()"})["sources"])
        for name, values in {
            "micro_conversion": f"select micro_conversion from {catalogue}",
            "journey_stage": f"select distinct journey_stage from {catalogue} where journey_stage <> 'none'",
            "event_name": f"select micro_conversion from {catalogue}"
            " union all select unnest(['scroll', 'page_view'])",
        }.items():
            self.connection.execute(f"create type marts.{name} as enum ({values})")

    def up_to(self, *names: str) -> list[str]:
        """These models and those they are built from, in order: quicker than all of them."""
        needed = set(names)
        for name in reversed(MODELS):
            needed.update(self._read[name] if name in needed else ())
        return [name for name in MODELS if name in needed]

    @staticmethod
    def _seed_rows(warehouse: Warehouse) -> list[dict[str, Any]]:
        with warehouse.connect() as connection:
            table = connection.sql("select * from staging.micro_conversion_types").to_arrow_table()
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def _create(self, schema: str, name: str, rows: pyarrow.Table) -> None:
        self.connection.register("given_rows", rows)
        self.connection.execute(f"create or replace table {schema}.{name} as select * from given_rows")
        self.connection.unregister("given_rows")

    def event(
        self, event_id: int, person_key: int | None, at: datetime, kind: str | None, **more: Any
    ) -> dict[str, Any]:
        """One identified event; `kind` is a catalogue key or None, everything else has a plain default."""
        stage, is_macro = self.stages[kind] if kind else (None, None)
        stage = None if stage == "none" else stage
        defaults = {
            "event_id": event_id,
            "person_key": person_key,
            "occurred_at": at,
            "occurred_at_local": at,
            "source": "google_analytics",
            "event_name": {"repeat_purchase": "purchase"}.get(kind or "", kind or "scroll"),
            "event_rank": 1,
            "micro_conversion": kind,
            "journey_stage": stage,
            "is_macro": bool(is_macro),
            "is_machine": False,
            "is_known": True,
            "is_person_action": True,
            "event_count": 1,
            "currency": None if more.get("revenue") is None else "EUR",
        }
        return {**dict.fromkeys(self.columns), **defaults, **more}

    def load(
        self,
        events: Iterable[Event],
        models: Sequence[str] = MODELS,
        sends: Sequence[tuple[Any, ...]] = (),
        unruled: Sequence[str] = (),
        referrals: Sequence[tuple[int, int]] = (),
        watermarks: Mapping[str, datetime] | None = None,
        contacts_since: dict[int, datetime] | None = None,
    ) -> None:
        """Replace all events and build the models; a send is (person, e-mail, campaign, sent, delivered).

        A referral is (referrer, referred). The rules recognise the whole catalogue but for the `unruled`.
        Sources are known until the latest event of all, but for those in `watermarks`. Every person has a
        contact record from when they are first seen, unless `contacts_since` says since when they have one.
        """
        self._watermarks = dict(watermarks or {})
        self.connection.execute(
            "create or replace table marts.fct_email_sends (person_key integer, email_id varchar,"
            " campaign_key varchar, sent_at timestamp, delivered_at timestamp, mailbox_provider varchar,"
            " first_open_at timestamp, first_human_open_at timestamp, opens_observable varchar,"
            " opens_observable_reason varchar)"
        )
        listed = list(events)
        for send in sends:
            first = [_first_open(listed, *send[:2], by_machines=known) for known in (True, False)]
            self.connection.execute(
                "insert into marts.fct_email_sends values (?, ?, ?, ?, ?, 'gmail', ?, ?, 'yes', null)",
                [*send, *first],
            )
        self.connection.execute(
            "create or replace table marts.dim_campaigns as select distinct campaign_key,"
            " case when campaign_key like 'flow%' then 'flow' else 'campaign' end as kind"
            " from marts.fct_email_sends"
        )
        self.connection.execute("drop table if exists intermediate.int_events_identified")
        declared = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        self.connection.execute(f"create table intermediate.int_events_identified ({declared})")
        if listed:
            rows = pyarrow.table({name: [event[name] for event in listed] for name in self.columns})
            self.connection.register("given_rows", rows)
            names = ", ".join(self.columns)
            self.connection.execute(
                f"insert into intermediate.int_events_identified ({names}) select {names} from given_rows"
            )
            self.connection.unregister("given_rows")
        self.connection.execute(
            "create or replace table intermediate.int_person_identifiers as "
            "select distinct person_key, 'person ' || person_key as person_id, true as is_stable_key,"
            " 'contact_key' as identifier_kind, 'address ' || person_key as identifier "
            "from intermediate.int_events_identified where person_key is not null"
        )
        # The order models read the events before they are identified, and what the feeds are set to.
        self.connection.execute("""
            create or replace view intermediate.int_events as
            select *, null::varchar as user_id, null::varchar as order_status
            from intermediate.int_events_identified;
            create or replace view intermediate.int_resolved_events as
            select *, null::integer as withheld_person_key from intermediate.int_events_identified;
            create or replace table intermediate.int_person_consents (
                person_key integer, analytics_consent varchar
            );
            create or replace table staging.stg_event_files__feeds (
                feed varchar, order_namespace varchar, revenue_is varchar, orders_are_separate boolean
            );
            create or replace table staging.stg_event_files__same_orders (
                reporter varchar, other_reporter varchar
            );
            create or replace table staging.stg_event_files__separate_orders (
                order_namespace varchar, other_namespace varchar
            );
        """)
        # Who clicked an e-mail that had been forwarded to them is for identity resolution to say.
        self.connection.execute(
            "create or replace table intermediate.int_forwarding_addresses"
            " (person_key integer, event_id bigint, contact_key varchar)"
        )
        for referrer, referred in referrals:
            self.connection.execute(
                "insert into intermediate.int_forwarding_addresses values (?, 0, 'address ' || ?)",
                [referred, referrer],
            )
        # Few made-up events would leave most of the catalogue unobserved; that has tests of its own.
        self.connection.execute(
            "create or replace table intermediate.int_observable_micro_conversions as"
            " select micro_conversion, not list_contains($unruled, micro_conversion) as has_rule,"
            " has_rule as is_observable from staging.micro_conversion_types",
            {"unruled": list(unruled)},
        )
        contacts = "intermediate.int_contacts"
        self.connection.execute(
            f"create or replace table {contacts}"
            " (contact_key varchar, created_at timestamp, subscribed_at timestamp)"
        )
        if contacts_since is None:
            contacts_since = {}
            for event in listed:
                if (person := event["person_key"]) is not None:
                    at = event["occurred_at"]
                    contacts_since[person] = min(at, contacts_since.get(person, at))
        for person, since in contacts_since.items():
            self.connection.execute(
                f"insert into {contacts} values (?, ?, null)", [f"address {person}", since]
            )
        for name in models:
            sql = self._source_watermarks() if name == "int_source_watermarks" else self.sql[name]
            self.connection.execute(
                f"create or replace table {self.schemas[name]}.{name} as select * from ({sql}\n)"
            )

    def _source_watermarks(self) -> str:
        """What loading would say; `tests/dbt/accounts/test_watermarks.py` tests the model itself."""
        given = "".join(
            f" when '{name}' then timestamp '{until}'" for name, until in self._watermarks.items()
        )
        latest = "(select max(last_human_event_at) from intermediate.int_reported_events)"
        return f"""
            select source, feed, coalesce(feed, source) as reporter, min(first_event_at) as first_event_at,
                min(first_event_at) as begins_at, null::date as retired_on,
                case coalesce(feed, source) {given or "when '' then null"} else {latest} end as watermark_at,
                false as is_retired
            from intermediate.int_reported_events group by all
        """

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

"""The ground truth of a world, computed from true persons and labels and without any rule of the pipeline.

`make_truth(world)` returns the tables by name, `write_truth(world, directory)` writes each as Parquet.
Instants are UTC. A person's acts are the person's own actions that can be observed with an identifier: human
opens, clicks, opt-ins, opt-outs and complaints by the person who acted, and hits with consent. Opens are
no activity: a week in which a person only opened e-mails is no active one.
"""

from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dagster_project.simulator.cohort_truth import active_weeks, cohorts
from dagster_project.simulator.journey_truth import journey_acts, stage_transitions
from dagster_project.simulator.known_truth import known_tables, seen_tables
from dagster_project.simulator.read_truth import email_reads, read_counts
from dagster_project.simulator.step_truth import experiment_effects, step_effects
from dagster_project.simulator.world import World

Array: TypeAlias = NDArray[Any]

SESSION_TIMEOUT_MICROSECONDS: Final = 30 * 60 * 1_000_000
_ACTS: Final = pa.array(["view", "click", "complaint", "optout", "optin"])
_NEGATIVE: Final = pa.array(["unsubscribe", "spam_complaint", "hard_bounce", "soft_bounce"])
_INSTANT: Final = pa.timestamp("us", tz="UTC")


def make_truth(world: World) -> dict[str, pa.Table]:
    """The truth tables by name; see each function for the grain."""
    tables = world.tables
    acts, recognised = person_acts(tables), journey_acts(tables)
    weeks = active_weeks(acts)
    known = known_tables(tables, acts)
    # What the sources can see of persons, as if nothing else had happened.
    seen = seen_tables(tables)
    seen_acts = journey_acts(seen)
    return {
        "persons": tables["persons"],
        "identifiers": _identifiers(tables),
        "sessions": sessions(acts),
        "micro_conversions": _micro_conversions(tables),
        "macro_conversions": _macro_conversions(tables),
        "machine_events": _machine_events(tables),
        "email_sends": _email_sends(tables),
        "email_reads": email_reads(tables),
        "effects": tables["effects"],
        "ab_tests": tables["ab_tests"],
        "active_weeks": weeks,
        "cohorts": cohorts(weeks),
        "journey_acts": recognised,
        "stage_transitions": stage_transitions(recognised),
        "step_effects": step_effects(world, known["known_persons"], acts),
        "experiment_effects": experiment_effects(world, known["known_persons"], acts),
        **known,
        "seen_sessions": sessions(person_acts(seen)),
        "seen_journey_acts": seen_acts,
        "seen_stage_transitions": stage_transitions(seen_acts),
    }


def write_truth(world: World, directory: Path) -> dict[str, Path]:
    """Write every truth table to `<directory>/<name>.parquet`; creates the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, table in make_truth(world).items():
        paths[name] = directory / f"{name}.parquet"
        pq.write_table(table, paths[name])
    return paths


def person_acts(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per act of a person, sorted by person and instant.

    Columns person_id, at, source (0 mail, 1 web), is_open, is_macro, revenue.
    """
    mail = tables["email_actions"]
    mail = mail.filter(
        pc.and_(
            pc.and_(pc.invert(mail["is_machine"]), pc.is_valid(mail["actor_person_id"])),
            pc.is_in(mail["action"], _ACTS),
        )
    )
    web = tables["web_events"]
    web = web.filter(pc.is_valid(web["client_id"]))
    parts = [
        pa.table(
            {
                "person_id": mail["actor_person_id"],
                "at": mail["at"],
                "source": pa.array(np.zeros(len(mail), dtype=np.int8)),
                "is_open": pc.equal(mail["action"], "view"),
                "is_macro": pa.array(np.zeros(len(mail), dtype=np.bool_)),
                "revenue": pa.array(np.zeros(len(mail))),
            }
        ),
        pa.table(
            {
                "person_id": web["person_id"],
                "at": web["at"],
                "source": pa.array(np.ones(len(web), dtype=np.int8)),
                "is_open": pa.array(np.zeros(len(web), dtype=np.bool_)),
                "is_macro": web["is_macro"],
                "revenue": pc.fill_null(web["revenue"], 0.0),
            }
        ),
    ]
    acts = pa.concat_tables(parts)
    order = np.lexsort((_microseconds(acts["at"]), acts["person_id"].to_numpy()))
    return acts.take(pa.array(order))


def _microseconds(column: Any) -> Array:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _flags(column: Any) -> Array:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _instants(microseconds: Array) -> pa.Array:
    return pa.array(microseconds).cast(_INSTANT)


def sessions(acts: pa.Table) -> pa.Table:
    """One row per session: acts of one person with no gap over 30 minutes, across e-mail and web."""
    person, at = acts["person_id"].to_numpy(), _microseconds(acts["at"])
    is_new = np.ones(len(person), dtype=np.bool_)
    is_new[1:] = (person[1:] != person[:-1]) | (np.diff(at) > SESSION_TIMEOUT_MICROSECONDS)
    starts = np.flatnonzero(is_new)
    ends = np.append(starts, len(person))[1:] - 1

    def total(column: str) -> Array:
        return np.asarray(np.add.reduceat(acts[column].to_numpy().astype(np.float64), starts))

    counts, on_web = ends - starts + 1, total("source").astype(np.int64)
    return pa.table(
        {
            "person_id": person[starts],
            "started_at": _instants(at[starts]),
            "ended_at": _instants(at[ends]),
            "act_count": counts,
            "email_acts": counts - on_web,
            "web_acts": on_web,
            "is_opens_only": total("is_open").astype(np.int64) == counts,
            "purchases": total("is_macro").astype(np.int64),
            "revenue": np.round(total("revenue"), 2),
        }
    )


def _identifiers(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per person and identifier: contact keys of all addresses, client ids that were used.

    The key of a mailbox that several people read is a `shared_contact_key`, listed for its owner.
    """
    persons, web = tables["persons"], tables["web_events"]
    second = persons.filter(pc.is_valid(persons["second_contact_key"]))
    clients = web.filter(pc.is_valid(web["client_id"])).select(["person_id", "client_id"])
    clients = clients.group_by(["person_id", "client_id"], use_threads=False).aggregate([])

    is_shared = pc.starts_with(second["second_email"], "info@")
    second_kinds = pc.if_else(is_shared, "shared_contact_key", "contact_key")

    def part(kind: Any, person: Any, value: Any) -> pa.Table:
        kinds = pa.array([kind] * len(person), pa.string()) if isinstance(kind, str) else kind
        return pa.table({"person_id": person, "kind": kinds, "value": value})

    return pa.concat_tables(
        [
            part("contact_key", persons["person_id"], persons["contact_key"]),
            part(second_kinds, second["person_id"], second["second_contact_key"]),
            part("client_id", clients["person_id"], clients["client_id"]),
        ]
    ).sort_by([("person_id", "ascending"), ("kind", "ascending"), ("value", "ascending")])


def _micro_conversions(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per event that is a micro-conversion: its record in the source, whether it has identifiers."""
    mail = tables["email_actions"]
    mail = mail.filter(
        pc.and_(
            pc.is_valid(mail["micro_conversion"]), pc.invert(pc.is_in(mail["micro_conversion"], _NEGATIVE))
        )
    )
    web = tables["web_events"]
    web = web.filter(pc.and_(pc.is_valid(web["micro_conversion"]), pc.invert(web["is_macro"])))
    return pa.concat_tables(
        [
            pa.table(
                {
                    "person_id": mail["actor_person_id"],
                    "at": mail["at"],
                    "source": pa.array(["smaily"] * len(mail), pa.string()),
                    "record": mail["seq_id"],
                    "micro_conversion": mail["micro_conversion"],
                    "has_ids": pa.array(np.ones(len(mail), dtype=np.bool_)),
                }
            ),
            pa.table(
                {
                    "person_id": web["person_id"],
                    "at": web["at"],
                    "source": pa.array(["google_analytics"] * len(web), pa.string()),
                    "record": web["event_no"],
                    "micro_conversion": web["micro_conversion"],
                    "has_ids": pc.is_valid(web["client_id"]),
                }
            ),
        ]
    )


def _macro_conversions(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per purchase."""
    web = tables["web_events"]
    web = web.filter(web["is_macro"])
    return pa.table(
        {
            "person_id": web["person_id"],
            "at": web["at"],
            "event_no": web["event_no"],
            "transaction_id": web["transaction_id"],
            "revenue": web["revenue"],
            "has_ids": pc.is_valid(web["client_id"]),
        }
    )


def _machine_events(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per row of the action log that a machine caused."""
    mail = tables["email_actions"]
    mail = mail.filter(mail["is_machine"])
    reason = pc.if_else(pc.equal(mail["action"], "view"), "apple_mpp", "scanner")
    return mail.select(["seq_id", "at", "email", "campaign_id", "action"]).append_column("reason", reason)


def _email_sends(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per e-mail variant: recipients by outcome, each address counted once.

    `opened_by_human` is what a source could see, `read_by_human` what happened.
    """
    mail = tables["email_actions"]
    mail = mail.filter(pc.is_valid(mail["section_id"]))
    sections = tables["sections"]
    address = mail["email"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    section = mail["section_id"].to_numpy()
    is_human = ~_flags(mail["is_machine"])
    value = pc.fill_null(mail["value"], "")

    def did(action: str) -> Array:
        return _flags(pc.equal(mail["action"], action))

    view, click, bounce = did("view"), did("click"), did("bounce")
    wanted = {
        "sent": did("send"),
        "hard_bounced": bounce & _flags(pc.equal(value, "550")),
        "soft_bounced": bounce & _flags(pc.equal(value, "452")),
        "viewed": view,
        "viewed_by_human": view & is_human,
        "clicked": click,
        "clicked_by_human": click & is_human,
        "opened": view | click,
        "opened_by_human": (view | click) & is_human,
        "unsubscribed": did("optout"),
        "complained": did("complaint"),
    }
    identifiers = sections["section_id"].to_numpy()
    counts = {}
    for name, chosen in wanted.items():
        pairs = np.unique(section[chosen] * np.int64(2**32) + address[chosen])
        found, size = np.unique(pairs >> 32, return_counts=True)
        by_section = dict(zip(found.tolist(), size.tolist(), strict=True))
        counts[name] = np.array([by_section.get(i, 0) for i in identifiers.tolist()], dtype=np.int64)
    counts["delivered"] = counts["sent"] - counts["hard_bounced"] - counts["soft_bounced"]
    names = {name: sections[name] for name in ("campaign_id", "section_id", "variant")}
    return pa.table({**names, **counts, **read_counts(tables)})

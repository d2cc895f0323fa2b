"""What the journey models should return, in plain Python: slow, short and independent of the SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Event = Mapping[str, Any]
TIMEOUT, CAP = timedelta(minutes=30), timedelta(hours=24)
STAGES = ("awareness", "consideration", "decision", "customer", "advocacy")


def position(event: Event) -> tuple[datetime, int, int]:
    return event["occurred_at"], event["event_rank"], event["event_id"]


def acts_by_person(events: Iterable[Event]) -> dict[int, list[Event]]:
    persons: dict[int, list[Event]] = defaultdict(list)
    for event in sorted(events, key=position):
        if event["person_key"] is not None and event["is_person_action"] and not event["is_machine"]:
            persons[event["person_key"]].append(event)
    return persons


def sessions(events: Iterable[Event]) -> set[tuple[int, ...]]:
    """Each session as the tuple of its event ids in order."""
    found = set()
    for acts in acts_by_person(events).values():
        current: list[Event] = []
        for act in acts:
            if current and (
                act["occurred_at"] - current[-1]["occurred_at"] > TIMEOUT
                or act["occurred_at"] - current[0]["occurred_at"] > CAP
            ):
                found.add(tuple(event["event_id"] for event in current))
                current = []
            current.append(act)
        found.add(tuple(event["event_id"] for event in current))
    return found


def kept_macro_conversions(events: Iterable[Event]) -> dict[int, float | None]:
    """The event kept for each macro-conversion, with the largest amount reported for it."""
    reports: dict[object, list[Event]] = defaultdict(list)
    for event in events:
        if event["is_macro"] and event["is_person_action"] and not event["is_machine"]:
            order_id = event["order_id"] if event["event_name"] == "purchase" else None
            reports[order_id or event["event_id"]].append(event)
    kept = {}
    for same_order in reports.values():
        same_order.sort(key=lambda event: (event["person_key"] is None, *position(event)))
        revenues = [event["revenue"] for event in same_order if event["revenue"] is not None]
        kept[same_order[0]["event_id"]] = max(revenues, default=None)
    return kept


@dataclass
class Journey:
    person_key: int
    acts: list[Event] = field(default_factory=list)
    converted: bool = False

    def path(self, polarities: Mapping[str, str]) -> str | None:
        steps = [a["micro_conversion"] for a in self.acts if polarities.get(a["micro_conversion"]) == "micro"]
        collapsed = steps[:1] + [after for before, after in pairwise(steps) if after != before]
        return " > ".join(collapsed) or None


def journeys(events: list[Event]) -> list[Journey]:
    kept = kept_macro_conversions(events)
    found = []
    for person_key, acts in sorted(acts_by_person(events).items()):
        current = None
        for act in acts:
            if act["is_macro"] and act["event_id"] not in kept:
                continue
            if current is None:
                current = Journey(person_key)
                found.append(current)
            current.acts.append(act)
            if act["is_macro"]:
                current.converted = True
                current = None
    return found


def stage_spans(all_journeys: list[Journey], polarities: Mapping[str, str]) -> set[tuple[int, str, datetime]]:
    """Person, stage and first instant of every span."""
    found = set()
    customers: set[int] = set()
    for journey in all_journeys:
        previous = None
        for act in journey.acts:
            if polarities.get(act["micro_conversion"]) not in ("micro", "macro"):
                continue
            stage = act["journey_stage"]
            if stage not in STAGES:
                continue
            stage = "customer" if act["is_macro"] and stage == "decision" else stage
            if stage == "advocacy" and journey.person_key not in customers and not act["is_macro"]:
                continue
            if stage != previous:
                found.add((journey.person_key, stage, act["occurred_at"]))
            previous = stage
        if journey.converted:
            customers.add(journey.person_key)
    return found


@dataclass(frozen=True)
class Step:
    number: int
    counts: frozenset[str]
    is_optional: bool
    days: float | None
    is_of_referred_person: bool = False


def entry_of(steps: list[Step]) -> Step:
    """The first step that is not optional."""
    return next((step for step in steps if not step.is_optional), steps[0])


def reached_steps(
    acts: list[Event], steps: list[Step], first_attempt_only: bool = False
) -> set[tuple[int, int]]:
    """Every (event id, step) one person reaches, by trying all chains from each entry, or from the first."""
    reached: set[tuple[int, int]] = set()
    entry = entry_of(steps)

    def go(index: int, at: datetime, number: int) -> None:
        for later in range(index + 1, len(acts)):
            days: float | None = 0.0
            for step in (step for step in steps if step.number > number):
                days = None if days is None or step.days is None else days + step.days
                is_within = days is None or acts[later]["occurred_at"] - at <= timedelta(days=days)
                state = (acts[later]["event_id"], step.number)
                is_step = acts[later]["micro_conversion"] in step.counts and not step.is_of_referred_person
                if is_step and is_within and state not in reached:
                    reached.add(state)
                    go(later, acts[later]["occurred_at"], step.number)
                if not step.is_optional:
                    break

    for index, act in enumerate(acts):
        if act["micro_conversion"] in entry.counts and not entry.is_of_referred_person:
            if (act["event_id"], entry.number) not in reached:
                reached.add((act["event_id"], entry.number))
                go(index, act["occurred_at"], entry.number)
            if first_attempt_only:
                break
    return reached


def steps_before_entry(acts: list[Event], steps: list[Step]) -> set[tuple[int, int]]:
    """Every (event id, step) of an optional step before the first entry, in time before it."""
    entry = entry_of(steps)
    entries = [index for index, act in enumerate(acts) if act["micro_conversion"] in entry.counts]
    found = set()
    for step in steps:
        gaps = [passed.days for passed in steps if step.number < passed.number <= entry.number]
        for act in acts[: entries[0]] if entries and step.number < entry.number else []:
            waited = acts[entries[0]]["occurred_at"] - act["occurred_at"]
            is_within = None in gaps or waited <= timedelta(days=sum(gap or 0 for gap in gaps))
            if act["micro_conversion"] in step.counts and is_within:
                found.add((act["event_id"], step.number))
    return found

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
    for journey in all_journeys:
        previous = None
        for act in journey.acts:
            if polarities.get(act["micro_conversion"]) not in ("micro", "macro"):
                continue
            stage = act["journey_stage"]
            if stage not in STAGES:
                continue
            stage = "customer" if act["is_macro"] and stage == "decision" else stage
            if stage != previous:
                found.add((journey.person_key, stage, act["occurred_at"]))
            previous = stage
    return found


@dataclass(frozen=True)
class Step:
    number: int
    counts: frozenset[str]
    is_optional: bool
    days: float


def reached_steps(acts: list[Event], steps: list[Step]) -> set[tuple[int, int]]:
    """Every (event id, step) one person reaches, by trying all chains."""
    reached: set[tuple[int, int]] = set()

    def go(index: int, at: datetime, number: int) -> None:
        for later in range(index + 1, len(acts)):
            days = 0.0
            for step in steps[number:]:
                days += step.days
                is_within = acts[later]["occurred_at"] - at <= timedelta(days=days)
                state = (acts[later]["event_id"], step.number)
                if acts[later]["micro_conversion"] in step.counts and is_within and state not in reached:
                    reached.add(state)
                    go(later, acts[later]["occurred_at"], step.number)
                if not step.is_optional:
                    break

    for index, act in enumerate(acts):
        for step in steps:
            if act["micro_conversion"] in step.counts and (act["event_id"], step.number) not in reached:
                reached.add((act["event_id"], step.number))
                go(index, act["occurred_at"], step.number)
            if not step.is_optional:
                break
    return reached

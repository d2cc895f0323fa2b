"""The keys of an event contract, what each may say, and the one sentence for a contract that does not.

Every key must be there, so that nothing is forgotten silently; `none` says that a source has nothing of it.
docs/event_contract.md explains each key.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import combinations
from typing import Any

NONE = "none"
FEEDS = "feeds"
# In the order in which a pair of them is named, the one nearer to the device first.
PERSON_KINDS = ("client_id", "user_id", "contact_key")
KINDS = (*PERSON_KINDS, "order_id")
EVIDENCE = ("declared", "observed", "event_kinds")
EMAIL_ROLES = ("send", "delivered", "bounce", "open", "click", "complaint", "unsubscribe")
MACHINE_EVIDENCE = ("properties", "columns")
OPENS_OBSERVABLE = ("yes", "no", "unknown")
EMAIL_MODELS = (
    "campaigns",
    "campaign_mentions",
    "campaign_slugs",
    "campaign_costs",
    "emails",
    "email_names",
    "email_links",
    "contacts",
)

# Says what is wrong with a value, None when nothing is.
Rule = Callable[[Any], str | None]


class IncompleteContract(RuntimeError):
    """A model of events does not declare what is needed. The message is one sentence for a person."""


def check(source: str, declared: Any, mentioned: Mapping[str, Collection[str]]) -> None:
    """Raises IncompleteContract unless `declared` is a complete contract.

    `mentioned` are the sources with rows in each seed that a contract may refer to.
    """
    model = f"stg_{source}__events"
    where = f"config.meta.event_source in dbt/models/staging/{source}/{model}.yml"
    if not isinstance(declared, Mapping):
        raise IncompleteContract(f"Model {model} has no event contract: add {where}.")
    for key, rule in RULES.items():
        if key not in declared:
            raise IncompleteContract(f"The event contract of {model} lacks `{key}`: add it to {where}.")
        if problem := rule(declared[key]):
            raise IncompleteContract(f"`{key}` in the event contract of {model} {problem}: see {where}.")
    if unknown := sorted(set(declared) - set(RULES)):
        raise IncompleteContract(
            f"The event contract of {model} has unknown `{unknown[0]}`: remove it from {where}."
        )
    if problem := _across_keys(source, declared, mentioned):
        raise IncompleteContract(f"The event contract of {model} {problem}: see {where}.")


def _across_keys(
    source: str, declared: Mapping[str, Any], mentioned: Mapping[str, Collection[str]]
) -> str | None:
    """What no key alone can say."""
    pairs = person_pairs(declared)
    weighed = {} if declared["evidence"] == NONE else declared["evidence"]
    if missing := [pair for pair in pairs if pair not in weighed]:
        return f"lacks `{missing[0]}` under `evidence`, as events carry both identifiers"
    if surplus := [pair for pair in weighed if pair not in pairs]:
        return f"has `{surplus[0]}` under `evidence`, though no events carry both identifiers"
    for key, seed in (("person_actions", "event_kinds"), ("machine_rules", "machine_rules")):
        if declared[key] == seed and source not in mentioned[seed]:
            return f"says `{key}: {seed}`, but seed {seed} has no row of source {source}"
    if declared["person_actions"] == "all" and source in mentioned["event_kinds"]:
        return "says `person_actions: all`, but seed event_kinds has rows of it, so say `event_kinds`"
    carried = {kind for columns in declared["identifiers"].values() for kind in columns}
    if "order_id" in carried and declared["orders"] == NONE:
        return "has events that carry `order_id`, so `orders` must say who reports them"
    if declared["machine_rules"] != NONE and declared["email"] == NONE:
        return "has `machine_rules` but no `email`, whose opens and clicks they are applied to"
    return None


def person_pairs(declared: Mapping[str, Any]) -> list[str]:
    """Pairs of kinds that events of the source can carry both of."""
    carried = {kind for columns in declared["identifiers"].values() for kind in columns}
    return [f"{one}+{other}" for one, other in combinations([k for k in PERSON_KINDS if k in carried], 2)]


def _one_of(*allowed: str) -> Rule:
    return lambda value: None if value in allowed else f"is {value!r}, not {' or '.join(allowed)}"


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _list_or(word: str) -> Rule:
    return lambda value: (
        None if value == word or _texts(value) else f"is {value!r}, not a list of names or `{word}`"
    )


def _name(value: Any) -> str | None:
    return None if isinstance(value, str) and value else f"is {value!r}, not a name or `none`"


def _records(value: Any) -> str | None:
    complete = (
        isinstance(value, list)
        and value
        and all(
            isinstance(each, Mapping) and set(each) == {"model", "key"} and _texts(each["key"])
            for each in value
        )
    )
    return None if complete else "is not a list of {model: …, key: [columns]}"


def _identifiers(value: Any) -> str | None:
    if not isinstance(value, Mapping) or not value or not all(isinstance(v, Mapping) for v in value.values()):
        return "is not a map of models to {kind: column}"
    unknown = sorted({kind for columns in value.values() for kind in columns} - set(KINDS))
    return f"has the unknown kind `{unknown[0]}`, not one of {', '.join(KINDS)}" if unknown else None


def _evidence(value: Any) -> str | None:
    if value == NONE:
        return None
    if not isinstance(value, Mapping):
        return "is not a map of pairs of identifiers, nor `none`"
    wrong = [pair for pair, strength in value.items() if strength not in EVIDENCE]
    return f"says of `{wrong[0]}` none of {', '.join(EVIDENCE)}" if wrong else None


def _repeated_hours(value: Any) -> str | None:
    complete = value == NONE or (isinstance(value, Mapping) and set(value) == {"days", "events"})
    return None if complete else "is not {days: model, events: model}, nor `none`"


def _totals(value: Any) -> str | None:
    """By campaign at least the number sent, with which the others are compared."""
    if value == NONE:
        return None
    if not isinstance(value, Mapping) or not value or not set(value) <= {"campaigns", "days"}:
        return "is not a map of `campaigns` or `days`, nor `none`"
    for grain, totals in value.items():
        if not isinstance(totals, Mapping) or set(totals) - {"forwards"} != {"model", "columns"}:
            return f"has `{grain}` that are not {{model: …, columns: {{our count: their column}}}}"
        if not isinstance(totals["columns"], Mapping) or not totals["columns"]:
            return f"has `{grain}` without `columns`"
    if "campaigns" in value and "sent" not in value["campaigns"]["columns"]:
        return "has `campaigns` without a column for `sent`"
    return None


def _email(value: Any) -> str | None:
    if value == NONE:
        return None
    if not isinstance(value, Mapping):
        return "is not a map, nor `none`"
    known = ("events", "machine_evidence", "opens_observable", *EMAIL_MODELS)
    if missing := [key for key in known if key not in value]:
        return f"lacks `{missing[0]}`"
    if unknown := sorted(set(value) - set(known)):
        return f"has unknown `{unknown[0]}`"
    if value["machine_evidence"] not in (NONE, *MACHINE_EVIDENCE):
        return f"has `machine_evidence` that is not {', '.join(MACHINE_EVIDENCE)} or `{NONE}`"
    if value["opens_observable"] == NONE or _name(value["opens_observable"]):
        return f"has `opens_observable` that is not {', '.join(OPENS_OBSERVABLE)} or a model"
    roles = value["events"]
    if not isinstance(roles, Mapping) or not roles or not all(map(_texts, roles.values())):
        return "has `events` that are not a map of roles to [event names]"
    if unknown := sorted(set(roles) - set(EMAIL_ROLES)):
        return f"has the unknown role `{unknown[0]}`, not one of {', '.join(EMAIL_ROLES)}"
    if NONE not in (value["campaigns"], value["campaign_mentions"]):
        return "has both `campaigns` and `campaign_mentions`"
    return next((f"has `{key}` that {p}" for key in EMAIL_MODELS if (p := _name(value[key]))), None)


RULES: dict[str, Rule] = {
    "partition_streams": _list_or(FEEDS),
    "records": _records,
    "identifiers": _identifiers,
    "evidence": _evidence,
    "person_actions": _one_of("event_kinds", "all"),
    "orders": _one_of("shop", "crm", "tracking", NONE),
    "properties_require": _one_of(NONE, *KINDS),
    "landing_page_views": _list_or(NONE),
    "machine_rules": _one_of("machine_rules", NONE),
    "repeated_hours": _repeated_hours,
    "vendor_totals": _totals,
    "data_quality": _name,
    "deal_stages": _name,
    "email": _email,
}

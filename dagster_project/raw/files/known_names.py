"""Names of events that the catalogue knows, and which of them another name may be."""

import csv
import re

from dagster_project.raw.files.identity import DBT_PROJECT
from dagster_project.sources.event_files import SOURCE_NAME
from dagster_project.sources.event_files.file_format import plain_name

CATALOGUE = DBT_PROJECT / "seeds" / "catalogue"
# Words that say nothing of what happened, and endings of one word's forms.
FILLERS = {"an", "a", "the", "email", "e", "mail", "event", "message", "was", "has", "been", "is"}
ENDINGS = re.compile(r"(?<=[a-z]{3})(?:ed|es|s|e|ing)$")
WORD = re.compile(r"[a-zäöüõšž0-9]+")


def known_names(feed: str) -> dict[str, str]:
    """What the catalogue recognises names of events of a feed as, and names whose kind is known."""
    known: dict[str, str] = {}
    with (CATALOGUE / "event_kinds.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] == SOURCE_NAME:
                known[row["event_name"]] = "known, no micro-conversion by itself"
    with (CATALOGUE / "catalogue_rules.csv").open(encoding="utf-8", newline="") as file:
        rules = [row for row in csv.DictReader(file) if row["source"] in (SOURCE_NAME, feed)]
    for row in sorted(rules, key=lambda row: -int(row["priority"])):
        known[row["event_name"]] = row["micro_conversion"]
    return known


def closest(name: str) -> str | None:
    """The known name that is another form of `name`; a known one is itself.

    Only forms of the same words: a name that is merely alike can mean the opposite, as `undelivered` does.
    """
    known = known_names("")
    if name in known:
        return name
    plain = {plain_name(each.replace("_", " ")): each for each in known}
    if same := plain.get(plain_name(name.replace("_", " "))):
        return same
    return {_stems(each): each for each in reversed(known)}.get(_stems(name)) if _stems(name) else None


def _stems(name: str) -> tuple[str, ...]:
    words = WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return tuple(sorted({_stem(word) for word in words if word not in FILLERS}))


def _stem(word: str) -> str:
    stem = ENDINGS.sub("", re.sub(r"ie[sd]$", "y", word))
    return stem[:-1] if stem[-2:-1] == stem[-1:] else stem

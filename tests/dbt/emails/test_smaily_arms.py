"""Which section of an A/B test an arm of the action log is, by names and by counts; unknown where unclear."""

from dataclasses import dataclass

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, action, campaign

Counts = tuple[int, int, int]  # sends, views, clicks
Arm = tuple[int | None, str, str | None]  # section, letter, subject


@dataclass(frozen=True)
class Case:
    """Arms by name in the log, sections (name, counts) in the statistics, and the arms as they must be."""

    logged: dict[str, Counts]
    sections: list[tuple[str, Counts]]
    expected: dict[str, Arm]


NAMED = {"Test (A)": (0, "A", "Subject 0"), "Test (B)": (1, "B", "Subject 1")}
SWAPPED = {"Test (A)": (1, "B", "Subject 1"), "Test (B)": (0, "A", "Subject 0")}
UNKNOWN: dict[str, Arm] = {"Test (A)": (None, "A", None), "Test (B)": (None, "B", None)}

CASES = {
    "names decide, whatever the counts": Case(
        {"Test (A)": (9, 0, 0), "Test (B)": (5, 0, 0)},
        [("Test (A)", (5, 0, 0)), ("Test (B)", (9, 0, 0))],
        NAMED,
    ),
    "sends decide where the sections have the test's name": Case(
        {"Test (A)": (50, 9, 2), "Test (B)": (40, 9, 2)},
        [("Test", (50, 9, 2)), ("Test", (40, 9, 2))],
        NAMED,
    ),
    "sections in the other order": Case(
        {"Test (A)": (50, 9, 2), "Test (B)": (40, 9, 2)},
        [("Test", (40, 9, 2)), ("Test", (50, 9, 2))],
        SWAPPED,
    ),
    "as many sends, other responses": Case(
        {"Test (A)": (50, 20, 3), "Test (B)": (50, 12, 6)},
        [("Test", (50, 12, 6)), ("Test", (50, 20, 3))],
        SWAPPED,
    ),
    "the log was read before the statistics": Case(
        {"Test (A)": (50, 20, 3), "Test (B)": (50, 12, 6)},
        [("Test", (50, 21, 3)), ("Test", (50, 12, 7))],
        NAMED,
    ),
    "sections named by their subjects": Case(
        {"Test (A)": (50, 9, 2), "Test (B)": (40, 9, 2)},
        [("Subject 0", (40, 9, 2)), ("Subject 1", (50, 9, 2))],
        SWAPPED,
    ),
    "the same counts": Case(
        {"Test (A)": (50, 9, 2), "Test (B)": (50, 9, 2)},
        [("Test", (50, 9, 2)), ("Test", (50, 9, 2))],
        UNKNOWN,
    ),
    "counts that fit both": Case(
        {"Test (A)": (50, 10, 2), "Test (B)": (50, 11, 2)},
        [("Test", (50, 12, 2)), ("Test", (50, 13, 2))],
        UNKNOWN,
    ),
    "a log that has only the end of the test": Case(
        {"Test (A)": (0, 2, 1), "Test (B)": (0, 3, 0)},
        [("Test", (500, 90, 20)), ("Test", (500, 120, 10))],
        UNKNOWN,
    ),
    "counts that are nearer to one section, and far from it": Case(
        {"Test (A)": (10, 0, 0), "Test (B)": (100, 10, 3)},
        [("Test", (30, 5, 1)), ("Test", (300, 50, 10))],
        UNKNOWN,
    ),
    "an arm that has the test's name, as both sections have": Case(
        {"Test": (50, 9, 2), "Test (B)": (40, 9, 2)},
        [("Test", (40, 9, 2)), ("Test", (50, 9, 2))],
        {"Test": (1, "B", "Subject 1"), "Test (B)": (0, "A", "Subject 0")},
    ),
    "one name fits, the other is what is left": Case(
        {"Test (A)": (50, 9, 2), "Test (new)": (4, 1, 0)},
        [("Test (B)", (40, 9, 2)), ("Test (A)", (50, 9, 2))],
        {"Test (A)": (1, "B", "Subject 1"), "Test (new)": (0, "A", "Subject 0")},
    ),
    "three arms": Case(
        {"Test (A)": (30, 9, 2), "Test (B)": (31, 5, 1), "Test (C)": (60, 20, 9)},
        [("Test", (60, 20, 9)), ("Test", (30, 9, 2)), ("Test", (31, 5, 1))],
        {
            "Test (A)": (1, "B", "Subject 1"),
            "Test (B)": (2, "C", "Subject 2"),
            "Test (C)": (0, "A", "Subject 0"),
        },
    ),
    "two of three are alike": Case(
        {"Test (A)": (30, 9, 2), "Test (B)": (30, 9, 2), "Test (C)": (60, 20, 9)},
        [("Test", (60, 20, 9)), ("Test", (30, 9, 2)), ("Test", (30, 9, 2))],
        {"Test (A)": (None, "A", None), "Test (B)": (None, "B", None), "Test (C)": (0, "C", "Subject 0")},
    ),
    "one arm that could be either section": Case(
        {"Test (A)": (50, 9, 2)},
        [("Test", (50, 9, 2)), ("Test", (50, 9, 2))],
        {"Test (A)": (None, "A", None)},
    ),
    "two arms that could be the one section": Case(
        {"Test (A)": (50, 9, 2), "Test (B)": (50, 9, 2)}, [("Test", (50, 9, 2))], UNKNOWN
    ),
    "no statistics yet": Case({"Test (A)": (50, 9, 2), "Test (B)": (40, 9, 2)}, [], UNKNOWN),
    "a log that no longer has the test": Case(
        {}, [("Test (A)", (50, 9, 2)), ("Test (B)", (40, 9, 2))], NAMED
    ),
    "neither a log nor names": Case({}, [("Test", (50, 9, 2)), ("Test", (40, 9, 2))], {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(compiled: CompiledProject) -> CompiledProject:
    """One account whose tests are the cases, by id."""
    raw: dict[str, list[Row]] = {
        "smaily__split_tests": [],
        "smaily__split_test_statistics": [],
        "smaily__actions": [],
    }
    for number, case in enumerate(CASES.values(), 1):
        sections = ", ".join(f'{{"id": {n}, "subject": "Subject {n}"}}' for n in range(3))
        raw["smaily__split_tests"].append({**campaign(number, "Test"), "sections": f"[{sections}]"})
        for position, (name, (sends, views, clicks)) in enumerate(case.sections):
            raw["smaily__split_test_statistics"].append(
                {
                    "split_test_id": str(number),
                    "section_position": position,
                    "name": name,
                    "total_count": sends,
                    "view_count": views,
                    "click_count": clicks,
                }
            )
        for name, counts in case.logged.items():
            kinds = [
                kind
                for kind, count in zip(("send", "view", "click"), counts, strict=True)
                for _ in range(count)
            ]
            arm = campaign(number, name)
            start = len(raw["smaily__actions"])
            raw["smaily__actions"] += [
                action(start + n, "2026-11-02 10:00:00", f"{n}@example.com", kind, arm)
                for n, kind in enumerate(kinds)
            ]
    compiled.build(raw, "stg_smaily__emails", "stg_smaily__split_test_arms")
    return compiled


@pytest.mark.parametrize("name", CASES)
def test_arms_are_matched_to_sections(project: CompiledProject, name: str) -> None:
    number = list(CASES).index(name) + 1
    found = project.rows(f"""
        select variants.campaign_name, variants.section_position, variants.variant, emails.subject
        from staging.stg_smaily__email_variants as variants
        inner join staging.stg_smaily__emails as emails using (email_id)
        where variants.campaign_id = {number}
    """)
    assert {arm: tuple(rest) for arm, *rest in found} == CASES[name].expected


def test_no_name_but_the_logs_makes_a_variant(project: CompiledProject) -> None:
    [(emails, arms)] = project.rows("""
        select
            (select count(*) from staging.stg_smaily__emails),
            (select count(distinct email_id) from staging.stg_smaily__email_variants)
    """)
    assert emails == arms == sum(len(case.expected) for case in CASES.values())

"""What e-mails say: subject lines, calls to action, preview texts."""

from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.mailings import NEWS, OFFER, Log, build


def traits(project: CompiledProject, columns: str) -> dict[str, tuple[Any, ...]]:
    return {
        row[0]: row[1:]
        for row in project.rows(f"select email_id, {columns} from intermediate.int_email_traits")
    }


def test_wording_of_emails(compiled: CompiledProject) -> None:
    subjects = {
        1: ("Last chance: news", "Learn more!"),
        2: ("Lastly, chances", "See the lamps"),
        3: ("Hei {{ first_name }}", None),
        4: ("👨‍👩‍👧 õhtul", "Loe edasi →"),
    }
    rows = [{"id": str(number), "name": f"C{number}", "tags": [], "status": "ACTIVE"} for number in subjects]
    statistics = [
        {"id": str(number), "name": f"C{number}", "subject": text} for number, (text, _) in subjects.items()
    ]
    log = Log()
    for row in rows:
        log.sent(0, row, "ann")
    contents = [
        {"campaign_id": str(number), "cta_wording": wording, "cta_count": number}
        for number, (_, wording) in subjects.items()
        if wording
    ]
    build(
        compiled,
        log,
        "int_email_traits",
        smaily__campaigns=rows,
        smaily__automations=[],
        smaily__campaign_statistics=statistics,
        **{"raw._email_contents": contents},
    )
    found = traits(
        compiled, "subject_length, has_specific_call, is_urgent, is_personalised, has_preview_text, cta_count"
    )
    assert found["smaily-1"] == (17, False, True, False, False, 1)
    assert found["smaily-2"] == (15, True, False, False, False, 2)
    assert found["smaily-3"] == (20, None, False, True, None, None)
    assert found["smaily-4"][0] == 7  # a family is one character
    assert found["smaily-4"][1:4] == (True, False, False)  # with an arrow it is not a generic phrase


def test_the_file_of_contents_counts_before_the_seed(compiled: CompiledProject) -> None:
    columns = (None, None, None, None)
    compiled.replace_seed(
        "email_contents", [("1", None, "seed", *columns), ("smaily-2", None, "key", *columns)]
    )
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "dim_emails",
        **{"raw._email_contents": [{"campaign_id": "1", "preview_text": "file"}]},
    )
    compiled.replace_seed("email_contents", [])
    found = compiled.rows(
        "select email_id, preview_text from marts.dim_emails where preview_text is not null order by 1"
    )
    assert found == [("smaily-1", "file"), ("smaily-2", "key")]

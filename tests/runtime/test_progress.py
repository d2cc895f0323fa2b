"""What a person reads of a run that failed."""

from dagster_project.runtime.progress import once_each


def test_a_sentence_about_many_steps_is_said_once() -> None:
    failures = {"smaily/lists": "No secret.", "bitly/groups": "No token.", "smaily/contacts": "No secret."}
    assert list(once_each(failures)) == [
        ("smaily/lists and 1 more", "No secret."),
        ("bitly/groups", "No token."),
    ]
    assert list(once_each({})) == []

"""The demo neither reads what is configured nor publishes where the real figures are read."""

from pathlib import Path

from dagster_project.commands.demo import demo_environment
from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.event_files.configuration import feeds_from_environment
from dagster_project.sources.registry import SOURCES

SETTINGS = (
    "PUBLISHED",
    "SECRET",
    "ALERT_WEBHOOK",
    "DAILY_VERDICTS",
    "EXCHANGE_RATES",
    "CAMPAIGN_COSTS",
    "NOW",
)


def test_nothing_that_milepost_reads_is_left(tmp_path: Path) -> None:
    variables = [variable for source in SOURCES for variable in source.variables]
    own = {
        name: "real" for variable in variables for name in (variable, f"{variable}__LV", f"{variable}__EU_2")
    }
    own |= {f"MILEPOST_{name}": "real" for name in SETTINGS}
    kept = {"PATH": "/bin", "HTTPS_PROXY": "http://proxy", "SMAILYARD": "of another program"}
    assert variables
    made = demo_environment(own | kept, tmp_path)
    assert {name: made[name] for name in kept} == kept
    assert "real" not in made.values()
    assert [each.title for source in SOURCES for each in accounts(source, made)] == []
    assert made["MILEPOST_HOME"] == str(tmp_path)


def test_feeds_of_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "event_files.yml").write_text("feeds: [{name: shop}]\n", encoding="utf-8")
    made = demo_environment({"MILEPOST_EVENT_FILES": str(tmp_path / "event_files.yml")}, tmp_path / "home")
    assert feeds_from_environment(made) == ()

"""Run in a copy of the project with the made-up source: two refreshes a day apart; prints what they show."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.installation import Installation, failures
from tests.simulator_fixture import run_simulator

DAYS = 40
CHECKS = ("volumes_against_own_history", "every_record_becomes_one_event", "few_events_come_late")


def main(home: Path) -> dict[str, Any]:
    with run_simulator(persons=20, days=DAYS) as simulator:
        own = ("LETTERBOX", "MILEPOST")
        environment = {k: v for k, v in simulator.environment.items() if k.startswith(own)}
        installation = Installation(home, environment)
        tomorrow = datetime.fromisoformat(environment["MILEPOST_NOW"]) + timedelta(days=1)
        first = installation.run()
        simulator.set_clock(tomorrow)
        second = installation.run(changes={"MILEPOST_NOW": tomorrow.isoformat()})
    return {
        "failures": {**failures(first), **failures(second)},
        "checks": {
            check.check_name: check.metadata["chart"].value
            for check in second.get_asset_check_evaluations()
            if check.check_name in CHECKS
        },
        "is_incremental": installation.read_warehouse(
            "select bool_or(schema_name = 'delta' and table_name = 'fct_events') from duckdb_tables()"
        )[0][0],
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))

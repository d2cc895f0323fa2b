"""What is slow to import stays out of Dagster's process (see runtime/worker.py)."""

import subprocess
import sys


def test_definitions_are_loaded_without_dbt_and_without_statistics() -> None:
    program = (
        "import sys\n"
        "from dagster_project.definitions import definitions\n"
        "assert definitions().resolve_job_def('refresh')\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'dbt', 'scipy', 'statsmodels'}))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"

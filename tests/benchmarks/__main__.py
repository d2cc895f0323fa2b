"""Run all benchmarks in turn: `python -m tests.benchmarks`."""

import subprocess
import sys

RUNS = (
    ("tests.benchmarks.ingestion",),
    ("tests.benchmarks.ingestion", "--latency", "0.05", "--without-dlt"),
    ("tests.benchmarks.ingestion", "--prerender", "--without-dlt"),
    ("tests.benchmarks.ingestion", "--stand-in", "gzip"),
    ("tests.benchmarks.ingestion", "--stand-in", "identity", "--without-dlt"),
    ("tests.benchmarks.ingestion", "--stand-in", "gzip", "--latency", "0.05", "--without-dlt"),
    ("tests.benchmarks.event_files",),
    ("tests.benchmarks.formulations",),
    ("tests.benchmarks.scale", "--per-event-against", "2000000"),
    ("tests.benchmarks.daily",),
    ("tests.benchmarks.page",),
)


def main() -> int:
    missed = 0
    for module, *options in RUNS:
        print(f"\n{module} {' '.join(options)}", flush=True)
        missed += subprocess.run([sys.executable, "-m", module, *options], check=False).returncode != 0
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

# Everything a person does here; README.md has the same as plain commands.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
# The linter renders the models against a warehouse, which must not be a real one.
LINT_HOME := $(CURDIR)/dbt/target/lint
# Compiled once here, as pip does: otherwise each of the demo's four processes spends seconds on it at its start.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt

export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: setup demo refresh test nightly dev simulator lint benchmark clean

setup: .venv/installed
demo: setup
	@$(BIN)/milepost demo

refresh: setup
	@$(BIN)/milepost refresh

test: .venv/installed-test
	$(BIN)/pytest -n 2

# Half a thousand random histories, each in several orders of arrival, against full builds.
nightly: .venv/installed-test
	MILEPOST_HISTORIES=500 $(BIN)/pytest -n 2 --dist worksteal tests/dbt/histories

dev: setup
	$(BIN)/dagster dev -w workspace.yaml

simulator: setup
	$(BIN)/python -m dagster_project.simulator serve --port 8008 --persons 2000 --days 90 --seed 7 \
		--credentials-dir data/simulator

lint: .venv/installed-lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@mkdir -p $(LINT_HOME)
	cd dbt && MILEPOST_HOME=$(LINT_HOME) ../$(BIN)/sqlfluff lint --processes 2 analyses models macros tests

benchmark: .venv/installed-benchmark .venv/installed-test
	$(BIN)/python -m tests.benchmarks

.venv/bin/uv:
	@echo "Setting up .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/installed: .venv/bin/uv pyproject.toml constraints.txt
	@$(INSTALL) --editable .
	@touch $@

.venv/installed-%: .venv/installed
	@$(INSTALL) --editable '.[$*]'
	@touch $@

clean:
	rm -rf .venv dbt/target dbt/logs

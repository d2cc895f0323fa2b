# All tasks of users and developers; README.md lists them as plain commands.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
# The linter renders the models against a warehouse, which must not be a real one.
LINT_HOME := $(CURDIR)/dbt/target/lint
# Compiled to bytecode here, as pip does: otherwise each of the demo's four processes spends seconds on it.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt

export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: setup demo refresh test test-spark nightly kills truth truth-steps truth-actions source mart dev simulator lint benchmark clean

setup: .venv/installed
demo: setup
	@$(BIN)/milepost demo

refresh: setup
	@$(BIN)/milepost refresh

# All but those on Spark, of which one session and one world serve all: in one process, `make test-spark`.
test: .venv/installed-test
	$(BIN)/pytest -n 2 --ignore tests/spark

# Spark's package has 450 MB and needs a Java runtime. Without it these tests are skipped, and say so. Five to ten minutes, of
# which the marts of a whole world take half; what macros mean on both engines does not: `make test-spark TESTS=…`.
test-spark: .venv/installed-test .venv/installed-spark
	$(BIN)/pytest $(or $(TESTS),tests/spark)

# 500 random histories, each in several orders of arrival, compared with full builds.
nightly: .venv/installed-test
	MILEPOST_HISTORIES=500 $(BIN)/pytest -n 2 --dist worksteal tests/dbt/histories

# Twenty refreshes killed with SIGKILL at measured shares of their length; what the next one publishes is compared.
kills: .venv/installed-test
	$(BIN)/python -m tests.kills --kills $(or $(KILLS),20)

# make source NAME=paperpost: the first files of a new source; make mart NAME=rpt_x [TOPIC=funnels]: of a new report.
source: setup
	@$(BIN)/milepost new-source $(NAME)

mart: setup
	@$(BIN)/milepost new-mart $(NAME) $(addprefix --topic ,$(TOPIC))

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

# Marts against the truth of seven simulated worlds, one of them with 20,000 persons: a Markdown table.
truth: .venv/installed-test
	$(BIN)/python -m tests.truth_worlds

# What steps and experiments change against potential outcomes, in WORLDS worlds of PERSONS persons and a confounded one.
truth-steps: .venv/installed-test
	$(BIN)/python -m tests.truth_worlds.steps $(addprefix --worlds ,$(WORLDS)) $(addprefix --persons ,$(PERSONS))

# Audiences against who truly is in them, and expected gains against those of simulated e-mails, in WORLDS worlds.
truth-actions: .venv/installed-test
	$(BIN)/python -m tests.truth_worlds.actions $(addprefix --worlds ,$(WORLDS)) $(addprefix --persons ,$(PERSONS))

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

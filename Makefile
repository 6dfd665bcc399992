# Thin: what each task runs, and the environment that it runs in. PYTHON may name another Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
# Environments are made at the same time.
MAKEFLAGS += --jobs=4
# Tests start programs by the hundred: what these import is compiled once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test checks format page schemas docs benchmark fuzz mutants release constraints fixtures test-dbt-versions

demo: .venv/installed
	@$(BIN)/dbt-guardian analyze examples/roastery

test: checks .venv-snowflake/installed .venv-gx/installed .venv-airflow/installed .venv-soda/installed .venv-docs/installed .npm/installed page/node_modules/installed
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# What needs no other environment is looked at while these are made.
checks: .venv/dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/dev-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The page of --format html, from page/ into the package.
page: page/node_modules/installed
	@cd page && node_modules/.bin/tsc && node build.mjs

schemas: .venv/installed
	$(BIN)/python -m guardian_core.schema_files schemas

# What of docs/ is made, and the site.
docs: .venv/dev-installed .venv-docs/installed
	$(BIN)/python -m documentation
	.venv-docs/bin/zensical build --strict --clean

benchmark: .venv/dev-installed
	$(BIN)/python -m benchmarks

# Into dist/: built twice, with a list of its parts and a statement of where it is from.
release: .venv-release/installed
	.venv-release/bin/python -m release $(OPTIONS)

# The versions of what tests are run with, as they are installed now.
constraints: .venv/dev-installed
	$(BIN)/pip freeze --exclude-editable | LC_ALL=C sort --ignore-case > constraints.txt

# SECONDS for each kind of input.
SECONDS ?= 60
fuzz: .venv/dev-installed
	$(BIN)/python -m fuzzing --seconds $(SECONDS)

# Small changes to the code, one at a time, each of which a test is to notice; NAMES of some, with a * for many.
mutants: .venv/dev-installed
	@$(BIN)/pip install --quiet --group mutation
	@PATH="$(CURDIR)/$(BIN):$$PATH" mutmut run $(NAMES)

# ENVIRONMENTS is a folder for one virtual environment for each dbt version; missing ones are made.
ENVIRONMENTS ?= .venv-dbt
fixtures: .venv/dev-installed
	$(BIN)/python tests/fixtures/rebuild.py $(ENVIRONMENTS)

test-dbt-versions: .venv/dev-installed
	DBT_ENVIRONMENTS=$(ENVIRONMENTS) $(BIN)/pytest -m dbt

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dbt-guardian needs Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --upgrade pip

.venv/installed: .venv/pyvenv.cfg pyproject.toml
	@$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev-installed: .venv/installed $(wildcard plugins/*/pyproject.toml) constraints.txt
	@$(BIN)/pip install --quiet --no-compile --group dev --constraint constraints.txt
	@$(BIN)/pip install --quiet --no-compile --no-build-isolation $(patsubst %/pyproject.toml,--editable %,$(wildcard plugins/*/pyproject.toml))
	@touch $@

# What needs other versions of what the rest needs: a server that speaks as Snowflake does, with dbt for it,
# Great Expectations, Airflow, Soda, and what makes the site and releases.
.venv-snowflake/installed: plugins/guardian-warehouse/tests/snowflake.txt
.venv-gx/installed: plugins/guardian-emit-gx/tests/gx.txt
.venv-airflow/installed: plugins/guardian-emit-airflow/tests/airflow.txt
.venv-soda/installed: plugins/guardian-emit-soda/tests/soda.txt
.venv-docs/installed: documentation/site.txt
.venv-release/installed: release/tools.txt
.venv-snowflake/installed .venv-gx/installed .venv-airflow/installed .venv-soda/installed .venv-docs/installed .venv-release/installed: | .venv/pyvenv.cfg
	@$(PYTHON) -m venv --without-pip $(@D)
	@$(BIN)/pip --python $(@D)/bin/python install --quiet --no-compile --requirement $<
	@touch $@

# Official schemas and descriptions of APIs, and what serves these, for tests.
.npm/installed: tests/npm/package.json
	@mkdir -p .npm
	@cp $< .npm/package.json
	@npm install --prefix .npm --no-package-lock --no-audit --no-fund --silent
	@touch $@

page/node_modules/installed: page/package.json
	@npm install --prefix page --no-package-lock --no-audit --no-fund --silent
	@touch $@

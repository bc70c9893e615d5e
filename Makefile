# Two commands: `make run` and `make test`. Both begin with `make setup`; each is enough alone.
# Needed on the machine: Python 3.11 or newer with venv, make and git.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
EDITABLE := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

# The tests start the program as a process again and again: to compile it anew takes it a third of
# a second each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-sqlite test-postgresql test-postgresql-large test-walks \
  test-walks-postgresql test-alone setup setup-dev system check lock bench

run: setup
	@$(BIN)/python -m alumni demo --if-empty
	@exec $(BIN)/python -m alumni run

test: setup-dev system check
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(LEGS)
	$(BIN)/python -m slipcover --merge $(MEASURED) --out .coverage.json --skip-covered --fail-under 95

# Side by side: none uses more than one core, and each waits a third of its time for a disk, a
# server or a browser. All but the first say what they have to say at their end.
# What walks through the whole program, or starts it as processes, is not measured for the lines and
# branches it comes by: the tests of each room have to come by theirs themselves.
WALKS := tests/journeys tests/matrix tests/privacy tests/roster/test_kills.py
# Those of PostgreSQL go in two halves.
LARGE := tests/membership tests/people tests/roster
LEGS := test-sqlite test-postgresql-large test-postgresql test-walks-postgresql test-walks test-alone
MEASURED := .coverage.sqlite.json .coverage.alone.json
measure = $(BIN)/python -m slipcover --branch --source alumni --omit 'alumni/migrations/*' --json --out $(1) -m pytest

test-sqlite:
	$(call measure,.coverage.sqlite.json) --engine sqlite -m "not once and not pure" $(WALKS:%=--ignore=%)

test-postgresql:
	@$(call quietly,$(BIN)/python -m pytest --engine postgresql -m "not once and not pure" $(WALKS:%=--ignore=%) $(LARGE:%=--ignore=%))

test-postgresql-large:
	@$(call quietly,$(BIN)/python -m pytest --engine postgresql -m "not once and not pure" $(WALKS:%=--ignore=%) $(LARGE))

test-walks-postgresql:
	@$(call quietly,$(BIN)/python -m pytest --engine postgresql -m "not once and not pure" $(WALKS))

test-walks:
	@$(call quietly,$(BIN)/python -m pytest --engine sqlite -m "not once and not pure" $(WALKS))

test-alone:
	@$(call quietly,$(call measure,.coverage.alone.json) --engine sqlite -m "once or pure")

quietly = said=$$(mktemp); $(1) > $$said 2>&1; status=$$?; cat $$said; rm -f $$said; exit $$status

# The static checks, in order of speed.
check:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/mypy
	$(BIN)/python -m alumni i18n check

setup: .venv/installed

setup-dev: .venv/installed-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Alumni needs Python 3.11 or newer; PYTHON=… names another one"; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { echo "Python’s venv is missing. Install it with: apt-get install python3-venv"; exit 1; }

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing what Alumni needs …"
	@$(INSTALL) -r requirements.txt
	@$(EDITABLE)
	@touch $@

.venv/installed-dev: requirements-dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need …"
	@$(INSTALL) -r requirements-dev.txt
	@$(EDITABLE)
	@touch $@ .venv/installed

# What only the system has: a browser with Chinese letters, and a PostgreSQL server.
system:
	@sh tests/system.sh

lock:
	$(BIN)/python -m uv pip compile $(LOCK) --extra install pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile $(LOCK) --extra install --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --no-header --upgrade

bench: setup-dev
	$(BIN)/python -m tests.bench


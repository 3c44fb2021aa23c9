# The only door a newcomer needs: `make help`.
# What is installed or built is remembered by stamps, so a second run starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
# Without compiled modules on the disk every process compiles a thousand again: two seconds of a core for each `ipx`.
unexport PYTHONDONTWRITEBYTECODE

V         := .venv
STAMPS    := $(V)/stamps
UV        := $(V)/bin/uv
PY        := $(V)/bin/python
WITH_NODE := tools/with-node
STEP      := tools/step
NPM       := node_modules/.package-lock.json
ONLINE    := Is the network up? Then run the same command again. To start from nothing: make clean

PYTEST_ARGS  ?= -n auto --dist worksteal
# One after the other, as the services are shared; in a process of its own, so that one that dies is named, and replaced.
REAL_ARGS    ?= -n 1
SCRIPTS      := $(shell grep -lsE '^.!/(bin/sh|usr/bin/env bash)' .ci/* tools/* tools/*/* contracts/bin/*)
FRONT_SOURCE := $(shell find frontend/src frontend/public frontend/*.ts frontend/*.json -type f 2>/dev/null)

.PHONY: help run test test-real faults lint contracts bench fuzz translations setup setup-dev lock clean
.PHONY: lint-style lint-format lint-types lint-imports lint-scripts lint-image lint-front

help: ## this list
	@echo "make TARGET, where TARGET is one of:"
	@while IFS= read -r line; do case $$line in *[a-z]": "*"## "*|*[a-z]":## "*) \
	  printf '  %-11s %s\n' "$${line%%:*}" "$${line##*## }";; esac; done < Makefile
	@echo "Settings: IPX_PORT (8000), IPX_DATA_DIR (var/), PYTHON (the Python to use), PYTEST_ARGS."

run: setup ## start the exchange with demo data on http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(V)/bin/ipx run

test: setup-dev ## all tests that need no outside service, in parallel
	@$(PY) -m pytest -m "not real" $(PYTEST_ARGS)
	@cd frontend && ../$(WITH_NODE) npm test

test-real: setup-dev ## the same suites on PostgreSQL, Kubo, Elasticsearch, stripe-mock, anvil, geth and ClamAV
	@$(PY) -m tools.real $(PY) -m pytest -m real -o cache_dir=.pytest_cache/real $(REAL_ARGS)

faults: setup-dev ## kill the relay N times (1,000), by name and at random; then SCHEDULES (1,000) random reorganisations
	@$(PY) -m tests.faults.chain_points "$$(mktemp -d)" --rounds $(N) --seed $(SEED)
	@IPX_TEST_SCHEDULES=$(SCHEDULES) $(PY) -m pytest $(PYTEST_ARGS) --timeout 1800 \
	  tests/flows/test_chain_schedules.py
N    ?= 1000
SEED ?= 1
SCHEDULES ?= 1000

lint: lint-style lint-format lint-types lint-imports lint-scripts lint-image lint-front ## style, types, import order, scripts, Dockerfile, front end

lint-style: setup-dev
	@$(STEP) "ruff check" "Some of it mends itself: $(V)/bin/ruff check --fix" $(V)/bin/ruff check .
lint-format: setup-dev
	@$(STEP) "ruff format" "Mend it by: $(V)/bin/ruff format" $(V)/bin/ruff format --check .
lint-types: setup-dev
	@$(STEP) "mypy --strict" "Add or correct the types named above." $(V)/bin/mypy --strict
lint-imports: setup-dev
	@$(STEP) "import order of the rooms" "ARCHITECTURE.md says who may import whom." $(V)/bin/lint-imports
lint-scripts: setup-dev
	@$(STEP) "shellcheck" "Correct the scripts named above." $(V)/bin/shellcheck $(SCRIPTS)
lint-image: setup-dev
	@$(STEP) "hadolint" "Correct the Dockerfile." $(V)/bin/hadolint Dockerfile
lint-front: setup-dev
	@$(STEP) "front end" "Some of it mends itself: cd frontend && npm run fix" $(WITH_NODE) npm run --prefix frontend lint

contracts: setup $(STAMPS)/slither ## build, format check, tests, gas, committed artifacts and static analysis of the contracts
	@$(WITH_NODE) $(MAKE) -C contracts fmt-check test snapshot-check artifacts-check slither vectors-check \
	  PYTHON=../$(PY) SLITHER=../$(V)/slither/bin/slither

bench: setup-dev ## measurements, printed as a table (IPX_BENCH_JUDGED=folder of judged sets: the ranking too)
	@$(PY) -m bench

fuzz: setup-dev ## spoil an evidence bundle in every byte and in N random ways (N=100000): both verifiers must refuse all
	@$(PY) -m tools.fuzz $(or $(N),100000) $(or $(SEED),1)

translations: setup ## collect the words of pages into frontend/translations/ for the translators
	@tools/translations "$(V)/bin/pybabel"

setup: $(STAMPS)/project contracts/$(NPM) frontend/dist/manifest.json ## install and build all that `make run` needs
setup-dev: setup $(STAMPS)/dev ## the same, and all that the tests and linters need

lock: $(STAMPS)/venv ## pin the dependencies of pyproject.toml again (UPGRADE=--upgrade takes newer ones)
	@$(LOCK) --extra meaning -o requirements/run.txt
	@$(LOCK) --extra meaning --group dev --group browser -c requirements/run.txt -o requirements/dev.txt
	@$(LOCK_GROUP) --group uv -o requirements/uv.txt
	@$(LOCK_GROUP) --group node -o requirements/node.txt
	@$(LOCK_GROUP) --group rival -o requirements/rival.txt
	@$(LOCK_GROUP) --group slither -o requirements/slither.txt
LOCK_FLAGS := --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" $(UPGRADE)
LOCK       := $(UV) pip compile $(LOCK_FLAGS) pyproject.toml
LOCK_GROUP := $(UV) pip compile $(LOCK_FLAGS)

clean: ## remove everything installed or built (data in var/ stays)
	rm -rf $(V) frontend/node_modules frontend/dist contracts/node_modules contracts/out contracts/cache
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

# ---- how it is made ------------------------------------------------------------------------

$(STAMPS)/venv: requirements/uv.txt
	@$(STEP) "Making the Python environment $(V)" "$(ONLINE)" tools/make-venv $(V)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/venv
	@$(STEP) "Installing Python packages" "$(ONLINE)" $(UV) pip install --python $(PY) --require-hashes -r $<
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/run
	@$(STEP) "Installing tools for the tests" "$(ONLINE)" $(UV) pip install --python $(PY) --require-hashes -r $<
	@touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/run
	@$(STEP) "Installing the command ipx" "$(ONLINE)" $(UV) pip install --python $(PY) --no-deps --editable .
	@touch $@

$(STAMPS)/node: requirements/node.txt $(STAMPS)/venv
	@tools/has-node || $(STEP) "Installing Node.js from PyPI (once, 60 MB)" "$(ONLINE)" tools/install-node
	@touch $@

# Another web3 than ours comes with it.
$(STAMPS)/slither: requirements/slither.txt $(STAMPS)/venv
	@$(UV) venv --quiet --clear --python $(PY) $(V)/slither
	@$(STEP) "Installing slither" "$(ONLINE)" $(UV) pip install --python $(V)/slither/bin/python --require-hashes -r $<
	@touch $@

contracts/$(NPM): contracts/package-lock.json $(STAMPS)/node
	@$(STEP) "Installing the chain node and contract tools" "$(ONLINE)" $(WITH_NODE) $(MAKE) -C contracts install
	@touch $@

frontend/$(NPM): frontend/package-lock.json $(STAMPS)/node
	@$(STEP) "Installing the front end's packages" "$(ONLINE)" $(WITH_NODE) npm ci --no-audit --no-fund --prefix frontend
	@touch $@

frontend/dist/manifest.json: frontend/$(NPM) $(FRONT_SOURCE)
	@$(STEP) "Building the front end" "The lines above name the file." $(WITH_NODE) npm run --prefix frontend build
	@touch $@

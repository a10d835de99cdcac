# Everything a person or CI runs. `make help` lists it.
PYTHON ?= python3
CARRIER ?= coap
KEEP ?=
ONLY ?=
DEEP ?=
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# A file's tests stay in one process; the order of the files is tests/conftest.py's. Most wait: for
# lines, sensors and timers. So there are more processes than cores.
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit coverage torture fuzz bench lock clean

help:  ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## Create the environment under .venv, from the lock file

$(STAMP): .ci/requirements.lock pyproject.toml
	@.ci/setup $(PYTHON)
	@touch $@

demo: setup  ## Run the main job: a pole and a board through an outage (CARRIER=coap|mqtt, KEEP=1)
	@.ci/packages $(if $(filter mqtt,$(CARRIER)),mosquitto)
	@$(BIN)/pole demo --carrier $(CARRIER) $(if $(KEEP),--keep)

test: setup  ## Pass everything: lint, types, both runtimes, servers, browser (WORKERS=3)
	@.ci/packages mosquitto libcoap chromium openssl faketime systemd
	@.ci/udevadm
	@$(MAKE) --no-print-directory lint types unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

unit:
	$(PYTEST) --durations=15

coverage: setup  ## What the tests reach, line by line (twice as long as the tests)
	$(PYTEST) --cov --cov-report=term:skip-covered

torture: setup  ## Cut the power everywhere, and every other fault of the plan (DEEP=1 all pairs of cuts)
	@$(BIN)/python -m tests.torture $(if $(DEEP),--deep)

fuzz: setup  ## Random bytes into every decoder, guided by coverage (SECONDS=300)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),300)

bench: setup  ## Measure, and write bench/results.json (ONLY=name for one bench)
	@.ci/packages mosquitto libmodbus valgrind openssl
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

lock:  ## Renew the lock file (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --universal --python-version 3.11 -o .ci/requirements.lock

clean:  ## Remove what was made
	rm -rf $(VENV) build run .mypy_cache .pytest_cache .ruff_cache

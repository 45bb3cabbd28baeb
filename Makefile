# Everything a person or CI does here. Needs Python 3.11+ and make; the rest is fetched.
#   make demo    plan, apply, plan again and drift on a pretend FreePBX with a dozen phones
#   make test    everything: what CI runs
#   make fast    lint, unit tests, cases and laws: before each commit
#   make lint    format, style, types, layers
#   make bench   speed, as ratios against baselines in the same run

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# A third of the tests' time is waiting (for calls, reloads, deadlines): one worker more than cores.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$(( n < 8 ? n + 1 : 8 )))
# Tests run commands by name, as a person whose environment is active does.
export PATH := $(abspath $(BIN)):$(PATH)
# Compiled once, as where it is installed: tests start the command hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test fast lint format bench schemas clean

$(VENV)/.run: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing reconciler into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.run
	@echo "Installing the development tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/reconciler demo

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

fast: lint
	@$(BIN)/pytest -q -n $(JOBS) tests/unit tests/cases tests/laws tests/architecture

test: lint
	@$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks

schemas: $(VENV)/.dev
	@$(BIN)/python -m tests.architecture.traits
	@$(BIN)/reconciler schema --write schemas/v1

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

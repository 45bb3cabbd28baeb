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

# Networks fail now and then. The releases are those that the tests were last seen to pass with, so
# that nobody's new one turns them red; where an index lacks one of them, what pyproject.toml takes.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 8
define install
	@$(PIP_INSTALL) -c .ci/constraints.txt -e '$(1)' \
	|| { echo "... not as in .ci/constraints.txt: again, as pyproject.toml says"; \
	$(PIP_INSTALL) -e '$(1)'; }
endef

.PHONY: demo test fetch fast lint format bench schemas clean

$(VENV)/.run: pyproject.toml $(wildcard .ci/constraints.txt)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "Installing reconciler into $(VENV) ..."
	$(call install,.)
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the development tools into $(VENV) ..."
	$(call install,.[dev])
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

test: $(VENV)/.dev
	@$(MAKE) --no-print-directory -j 2 lint fetch
	@$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests

# Before any test: a slow mirror is no test that fails. What could not be had is tried again by the
# tests that need it, which then say so.
fetch: $(VENV)/.dev
	@test "$$RECONCILER_SKIP_REAL" = 1 || { $(BIN)/python -m tests.real.asterisk.fetch; \
	$(BIN)/python -m tests.real.chromium.fetch; } || true

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks

schemas: $(VENV)/.dev
	@$(BIN)/python -m tests.architecture.traits
	@$(BIN)/reconciler schema --write schemas/v1

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

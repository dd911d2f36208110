# Two commands do everything on a machine with Python 3.11+, make and git:
#   make demo   plan the Yangpu example and say where the map is
#   make test   run every check and test
# Beside them, make demo-probes shows the poller at work.
# PYTHON=python3.12 takes another interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo demo-probes test check format clean

demo: $(VENV)/.base
	@$(BIN)/ngbw demo demo

# A poller on the example's devices: health, a cut span, its alarms, a message; about a minute.
demo-probes: $(VENV)/.probes
	@$(BIN)/ngbw probe demo demo-probes

test: $(VENV)/.dev check
	@$(BIN)/pytest -n 2

# Static checks: style, types, structure.
check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pyright --warnings > $(VENV)/pyright.txt || { cat $(VENV)/pyright.txt; exit 1; }

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

clean:
	rm -rf $(VENV) .types build demo demo-probes *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ngbw needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

# mypy and pyright see the root as the package through this link.
.types/ngbw:
	@mkdir -p .types && ln -sfn .. .types/ngbw

$(VENV)/.base: pyproject.toml | $(VENV)/bin/python
	@echo "installing ngbw into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.probes: $(VENV)/.base
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[probes]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python .types/ngbw
	@echo "installing ngbw and its test tools into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.base $@

# Two commands do all: `make reports` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: reports test lab check coverage audit walk bench bounds drill lock clean
.DEFAULT_GOAL := reports

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "greenanalysis needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	@sed '/^# for tests and checks/,$$d' requirements.lock > $(VENV)/runtime.lock
	$(PIP) --require-hashes -r $(VENV)/runtime.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TESTABLE): $(INSTALLED)
	$(PIP) --require-hashes -r requirements.lock
	@touch $@

reports: $(INSTALLED) ## install, run every notebook, publish reports/index.html
	$(BIN)/greenanalysis build

test: $(TESTABLE) ## install and run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

lab: $(INSTALLED) ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=. notebooks

check: $(TESTABLE) ## lint, format, types, order of the rooms, declared packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

coverage: $(TESTABLE) ## run the tests and print the share of lines that they reach; fails under 90 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

audit: $(TESTABLE) ## versions, hashes, licences of the lock; ONLINE=1 asks for known faults, too
	$(BIN)/python -m tests.support.audit
ifdef ONLINE
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements.lock
endif

walk: $(TESTABLE) reports ## open every page of the site in a browser, follow its links, look for faults
	$(BIN)/python -m tests.support.site_walk reports

bench: $(TESTABLE) ## print speed ratios
	$(BIN)/python -m benchmarks

bounds: $(TESTABLE) ## renew the lower bounds of pyproject.toml and environment.yml from the lock
	$(BIN)/python -m tests.support.bounds

drill: $(TESTABLE) ## long trials: tests in their long form, a wheel in an empty environment, the portal on hard days
	$(BIN)/python -m pytest -n auto --dist loadfile -m long
	$(BIN)/python -m tests.support.wheel_drill
	$(BIN)/python -m tests.support.portal_drill

lock: $(TESTABLE) ## renew requirements.lock from pyproject.toml
	$(PIP) uv
	$(BIN)/python -m tests.support.lock

clean: ## remove what the commands made (not the user's data)
	rm -rf $(VENV) data/cache .mypy_cache .ruff_cache .hypothesis
	find reports -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

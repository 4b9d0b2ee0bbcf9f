# Two commands do all: `make reports` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: reports test lab check coverage audit walk bench bounds drill lock clean
.DEFAULT_GOAL := reports

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "greenanalysis needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

reports: $(INSTALLED) ## install, run every notebook, publish reports/index.html
	$(BIN)/greenanalysis build

test: $(INSTALLED) ## install and run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

lab: $(INSTALLED) ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=. notebooks

check: $(INSTALLED) ## lint, format, types, order of the rooms, declared packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .

coverage: $(INSTALLED) ## run the tests and print the share of lines that they reach; fails under 90 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

audit: $(INSTALLED) ## versions, hashes, licences of the lock; ONLINE=1 asks for known faults, too
	$(BIN)/python -m tests.support.audit
ifdef ONLINE
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements.lock
endif

walk: reports ## open every page of the site in a browser, follow its links, look for faults
	$(BIN)/python -m tests.support.site_walk reports

bench: $(INSTALLED) ## print speed ratios
	$(BIN)/python -m benchmarks

bounds: $(INSTALLED) ## renew the lower bounds of pyproject.toml and environment.yml from the lock
	$(BIN)/python -m tests.support.bounds

drill: $(INSTALLED) ## long trials: a wheel in an empty environment; the portal on hard days
	$(BIN)/python -m tests.support.wheel_drill
	$(BIN)/python -m tests.support.portal_drill

lock: $(INSTALLED) ## renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--all-extras --python-version 3.11 --output-file requirements.lock pyproject.toml

clean: ## remove what the commands made (not the user's data)
	rm -rf $(VENV) data/cache .mypy_cache .ruff_cache .hypothesis
	find reports -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

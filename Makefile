# Every command works from a clean clone with Python 3.11 or newer and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FLOWC := $(BIN)/flowc

.PHONY: setup demo test test-all lint bench smoke clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "flowc needs Python 3.11 or newer; say PYTHON=python3.12, for example" && exit 1)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

demo: setup
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash docs/demo.sh

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n 3 -m "not heavy and not spark and not browser and not many" --cov --cov-report=term:skip-covered
	$(BIN)/python -m pytest -n 3 -m "many and not heavy and not spark and not browser"
	$(BIN)/python -m pytest --flowc flows

test-all: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,spark]'
	$(BIN)/python -m pytest -n 2 -m "heavy or spark or browser"

bench: setup
	@for bench in bench/bench_*.py; do $(BIN)/python $$bench || failed=1; done; exit $${failed:-0}

smoke: setup
	bash tests/smoke.sh "$(CURDIR)/$(BIN)/python"

clean:
	rm -rf $(VENV) .flowc .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/out dist build

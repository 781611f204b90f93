# Two commands for a newcomer: `make report` and `make test`.  Each sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := .stamps
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
OUTPUT ?= report
WORKERS ?= 2

.PHONY: help report test check lint types slow docs coq browser wheel bench clean

help:
	@echo "make report   derive both batteries, check them, write the page to $(OUTPUT)/"
	@echo "make test     run the tests"
	@echo "make check    everything CI does"
	@echo "make bench    measure speed and accuracy beside the peers"
	@echo "make docs     build the documentation to docs/_build/html"

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "symqb needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	         "Set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/%: $(STAMPS)/venv pyproject.toml constraints.txt
	@echo "installing symqb[$*] into $(VENV)"
	@$(PIP) -e ".[$*]"
	@touch $@

report: $(STAMPS)/report
	$(BIN)/symqb report --output $(OUTPUT)

test: $(STAMPS)/test $(STAMPS)/report
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: lint types test slow docs wheel

lint: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMPS)/dev $(STAMPS)/test $(STAMPS)/report
	$(BIN)/mypy

slow: $(STAMPS)/test $(STAMPS)/all
	SYMQB_SLOW=only SYMQB_REQUIRE_TOOLS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

docs: $(STAMPS)/docs $(STAMPS)/report
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

wheel: $(STAMPS)/dev
	rm -rf dist
	$(BIN)/python -m build --installer pip . >/dev/null
	ls -l dist

coq:
	$(MAKE) -C proofs/coq

bench: $(STAMPS)/bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(STAMPS) report dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis

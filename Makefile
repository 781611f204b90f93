# Two commands for a newcomer: `make report` and `make test`.  Each sets up what it needs.
PYTHON  ?= python3
VENV    ?= .venv
PINS    ?= constraints.txt
OUTPUT  ?= report
WORKERS ?= 2

BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(PINS)
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup
ALL    := $(STAMPS)/all,test,docs,dev

.PHONY: help report test check lint types full targets docs coq browser oldest wheel bench clean
.NOTPARALLEL:

help:
	@echo "make report   derive both batteries, check them, write the page to $(OUTPUT)/"
	@echo "make test     run the tests"
	@echo "make check    everything CI does"
	@echo "make bench    measure speed and accuracy beside the peers"
	@echo "make oldest   run the tests with the oldest dependencies allowed"
	@echo "make docs     build the documentation to docs/_build/html"
	@echo "make clean    remove what the above made, the environment $(VENV) included"

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "symqb needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	         "Name a newer one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# one stamp a set of extras: $(STAMPS)/test,report stands for symqb[test,report] installed
$(STAMPS)/%: $(STAMPS)/venv pyproject.toml $(PINS)
	@echo "installing symqb[$*] into $(VENV)"
	@$(PIP) -e ".[$*]"
	@touch $@

report: $(STAMPS)/report
	@$(BIN)/symqb report --output $(OUTPUT)
	@echo "open $(OUTPUT)/index.html in a browser"

test: $(STAMPS)/test,report
	$(PYTEST)

# a test skipped for want of a tool is a failure here, in every step
check: export SYMQB_REQUIRE_TOOLS = 1
check: test lint types targets docs coq browser wheel

lint: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(ALL)
	$(BIN)/mypy

# for the night: every test, slow ones too, with every extra: nothing is skipped for any reason
full: $(ALL)
	SYMQB_SLOW=1 SYMQB_REQUIRE_TOOLS=all $(PYTEST)

# the emitted targets that take longer: numba, JAX, derivatives, C under the sanitizers, Mathics,
# Fortran and Rust optimised; and the longer cases of tests/thorough.txt
targets: $(ALL)
	SYMQB_SLOW=1 SYMQB_REQUIRE_TOOLS=all $(PYTEST) -m thorough

# every cell of every page runs, whatever extra it needs
docs: $(ALL)
	$(BIN)/python -m sphinx -W --keep-going -q -E -a -b html docs docs/_build/html
	SYMQB_REQUIRE_TOOLS=all $(PYTEST) -q tests/repo/test_built_pages.py

coq: $(STAMPS)/test,report
	SYMQB_SLOW=1 SYMQB_REQUIRE_TOOLS=1 $(PYTEST) -m needs_coq

browser: $(STAMPS)/test,report
	SYMQB_SLOW=1 SYMQB_REQUIRE_TOOLS=1 $(PYTEST) -m needs_browser

# the oldest dependencies that pyproject.toml allows, in an environment of their own
oldest:
	$(MAKE) test VENV=.venv-oldest PINS=constraints-oldest.txt

wheel: $(STAMPS)/dev
	rm -rf dist
	$(BIN)/python -m build --installer pip . >/dev/null
	$(BIN)/python .ci/wheel.py dist

bench: $(STAMPS)/bench
	$(BIN)/python -m benchmarks --output benchmarks/figures.json

clean:
	rm -rf $(VENV) .venv-oldest $(OUTPUT) dist docs/_build docs/_generated .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f proofs/coq/*.vo proofs/coq/*.vok proofs/coq/*.vos proofs/coq/*.glob proofs/coq/.*.aux

# Two commands for everyone: `make demo` and `make test`. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: demo test check lint types imports wide kills bench clean

demo: $(VENV)/.run
	@mkdir -p demo
	@$(BIN)/chalkgrad solve mazur --significant 6
	@$(BIN)/chalkgrad solve mazur --significant 6 --force -o demo/mazur.html
	@echo "The same as a page: demo/mazur.html"

test: $(VENV)/.dev
	@command -v pdflatex >/dev/null || echo "pdflatex is missing: the test that compiles LaTeX is skipped (apt-get install texlive-latex-base)"
	@command -v chromium >/dev/null || echo "chromium is missing: the tests in a browser are skipped (apt-get install chromium)"
	@command -v pdftotext >/dev/null || echo "pdftotext is missing: the tests that read a PDF are skipped (apt-get install poppler-utils)"
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile

# What must hold before a change lands.
check: lint types imports test

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# Lasting work: the properties with many more examples.
wide: $(VENV)/.dev
	CHALKGRAD_WIDE=1 $(BIN)/python -m pytest -q tests/properties

# 200 kills with SIGKILL at random moments of training runs; every run must end in the same bytes.
kills: $(VENV)/.dev
	$(BIN)/python tests/killing.py 200

# Ratios against peers; those that are not installed are named and left out. CHALKGRAD_PEERS=PYTHON
# names an interpreter that has torch, jax and scikit-learn.
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/solve.py
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/audit.py
	$(BIN)/python benchmarks/small_networks.py all
	$(BIN)/python benchmarks/train_peers.py all
	$(BIN)/python benchmarks/growth.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "chalkgrad needs Python 3.11 or newer; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements/run.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) demo dist build

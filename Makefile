# Every target prepares what it needs: `make demo` and `make test` work on a fresh clone.

BIN := .venv/bin
STUDY ?= online_chain
# Tests run side by side; those of one file stay in one process, which makes what they share only once.
PYTEST_ARGS ?= --numprocesses auto --maxprocesses 4 --dist loadfile
# pyright looks for a newer version of itself on the network unless told not to.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# MkDocs' theme prints a notice about its successors otherwise.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format perturbed bench netlists docs site lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup:  ## install what is missing: ngspice, .venv, pinned dependencies
	@sh scripts/set_up.sh

demo: setup  ## compare a shipped study with its circuit (STUDY=online_chain) and write the report
	$(BIN)/vle-analog compare $(STUDY) --output out/$(STUDY)

test: lint site  ## check format, lint and types, build the site, then run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup  ## check format, lint and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright

format: setup  ## format the code and apply the safe fixes of the linter
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

perturbed: setup  ## run TESTS (the numerical ones) with other BLAS kernels, vector units, C library and threads
	$(BIN)/python scripts/perturbed_arithmetic.py $(TESTS)

bench: setup  ## run the benchmarks
	$(BIN)/python -m benchmarks

netlists: setup  ## write netlists/ anew from the shipped studies
	$(BIN)/python scripts/make_netlists.py

docs: setup  ## write the generated pages of docs/ anew
	$(BIN)/python scripts/make_docs.py

site: setup  ## build the documentation site into site/; a broken link is an error
	$(BIN)/mkdocs build --quiet --strict

# Resolved by the oldest supported Python, so that the versions exist for all.
PIP_COMPILE = $(BIN)/pip-compile --quiet --no-header --no-emit-options --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --generate-hashes --allow-unsafe --strip-extras

lock: BIN := .venv-lock/bin
lock:  ## resolve the dependencies anew into the lock files (needs python3.11)
	python3.11 -m venv --clear .venv-lock
	$(BIN)/pip install --quiet pip-tools==7.6.2
	$(PIP_COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --upgrade --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	rm -rf .venv-lock

clean:  ## remove the environment, the caches and the results
	rm -rf .venv .venv-lock out dist site .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

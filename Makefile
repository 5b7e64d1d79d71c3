# Everything a fresh machine needs is done by `make run` and `make test`; `make` alone lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEPS   := $(VENV)/.dependencies
SELF   := $(VENV)/.facelogin
WEIGHTS := src/facelogin/face/weights
MANIFEST := $(WEIGHTS)/manifest.json
say = @printf '\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help setup run test check format bench wheel weights lock clean

help: ## List these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(SELF) $(MANIFEST) ## Make the Python environment and the networks' weights (skips what is there)

run: setup ## Run facelogin on this machine and say where (set-up included)
	$(BIN)/facelogin run $(if $(PORT),--port $(PORT))

test: setup check ## Run every check and test (set-up included)
	$(call say,Tests)
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(SELF) ## Lint, types and import boundaries
	$(call say,Format and lint (ruff))
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(call say,Types (mypy --strict))
	$(BIN)/mypy --no-error-summary
	$(call say,Import boundaries (import-linter))
	$(BIN)/lint-imports --no-cache | tail -n 3

format: $(SELF) ## Put the code into its format and mend what can be mended
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

bench: setup ## Measure ours against face_recognition in one run; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks.login

wheel: setup ## Build the wheel, weights included, into dist/
	$(call say,Building the wheel)
	$(BIN)/python -m hatchling build -t wheel

weights: $(SELF) ## Convert the published weights to ONNX again
	$(BIN)/python -m tools.build_weights --force

lock: $(DEPS) ## Resolve dependencies anew and write the lock files
	$(call say,Locking dependencies)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra reference --group dev pyproject.toml -o requirements-dev.txt
	echo 'face_recognition>=1.3.0' | $(BIN)/uv pip compile -q --no-deps --no-annotate --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock (installed with --no-deps)" - -o requirements-reference.txt

clean: ## Remove what the other commands made (never facelogin-data)
	rm -rf $(VENV) .cache dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f $(WEIGHTS)/*.onnx $(MANIFEST)

$(VENV)/bin/python:
	$(call say,Python environment in $(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "facelogin needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(DEPS): $(VENV)/bin/python requirements-dev.txt requirements-reference.txt
	$(call say,Locked dependencies)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --require-hashes -r requirements-reference.txt
	@touch $@

$(SELF): $(DEPS) pyproject.toml
	$(call say,facelogin itself (editable))
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(MANIFEST): $(DEPS) tools/build_weights.py $(wildcard tools/weights/*.py)
	$(call say,Networks' weights)
	$(BIN)/python -m tools.build_weights
	@touch $@

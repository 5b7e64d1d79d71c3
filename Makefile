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
WEBAPP := src/facelogin/webapp/index.html
WEB_MODULES := web/node_modules/.package-lock.json
WEB_SOURCES := $(shell find web/src web/build -type f) web/index.html web/vite.config.ts
CHROMIUM := $(BIN)/.chromium
FAKETIME := $(BIN)/.faketime
NGINX := .cache/nginx/.here
STRACE := $(BIN)/.strace
LFW := ../shared/data/verify/lfw_dev
LFW_MORE := ../shared/data/verify/lfw_more
PORTRAITS ?= $(LFW)/images
CLIPS ?= $(wildcard ../shared/data/clips)
ACCURACY := .cache/evaluation/accuracy
BURSTS := .cache/evaluation/bursts
CONDITIONS := .cache/evaluation/conditions
ATTACKS := .cache/evaluation/attacks
say = @printf '\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help setup run dev test test-python test-web test-browser test-faults test-long test-fuzz check check-python check-web format evaluate evaluate-accuracy evaluate-bursts evaluate-conditions evaluate-attacks bench soak wheel weights pictures web api-types lock audit-dependencies clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: $(SELF) $(MANIFEST) $(WEBAPP) ## Make the Python environment, the networks' weights and the web app (skips what is there)

run: setup ## Run facelogin on this machine and say where (set-up included)
	$(BIN)/facelogin run $(if $(PORT),--port $(PORT))

dev: setup ## Run facelogin and, on port 3000, the web app as you edit it
	@trap 'kill 0' EXIT; $(BIN)/facelogin run --port 5000 & cd web && npm run dev

test: setup check test-python test-web test-browser ## Run every check and test (set-up included)

# Two workers on two cores: the threads of a pool in each would wait for those of the other. Crowds
# and servers that are killed come after the rest, with nothing beside them. ARGS reaches both;
# 5 is pytest's status for "none of these".
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
test-python: $(SELF) $(MANIFEST) $(WEBAPP) $(FAKETIME) $(NGINX) $(STRACE)
	$(call say,MongoDB-protocol server for the tests)
	$(BIN)/python tests/mongodb.py --build
	$(call say,Python tests)
	$(PYTEST) -n 2 --dist loadscope --no-loadscope-reorder -m 'not alone' $(ARGS) || [ $$? = 5 ]
	$(call say,Python tests that run alone)
	$(PYTEST) -n 0 -m alone $(ARGS) || [ $$? = 5 ]

test-web: $(WEB_MODULES)
	$(call say,Web unit tests)
	cd web && npm test

test-browser: $(WEBAPP) $(CHROMIUM) $(NGINX)
	$(call say,Browser journeys (Playwright))
	cd web && npm run e2e

test-faults: $(SELF) $(MANIFEST) $(WEBAPP) $(FAKETIME) ## Kill, fill up and mislead a server under load, at full length, with the figures
	$(call say,MongoDB-protocol server for the tests)
	$(BIN)/python tests/mongodb.py --build
	$(call say,Faults)
	FACELOGIN_TEST_LONG=1 $(PYTEST) -n 0 -s tests/faults $(ARGS)

test-long: $(SELF) $(MANIFEST) $(WEBAPP) ## Run at full length what `make test` shortens: crowds, large data sets, all pictures
	$(call say,MongoDB-protocol server for the tests)
	$(BIN)/python tests/mongodb.py --build
	$(call say,Tests at full length)
	FACELOGIN_TEST_LONG=1 $(PYTEST) -n 0 -s -m long --ignore tests/faults $(ARGS)

# SEED=... sends others. A failure names the seed and the number of the request, which is all of it.
test-fuzz: $(SELF) $(MANIFEST) $(WEBAPP) ## Send 20,000 wrong requests to every address, on both stores, with the figures
	$(call say,MongoDB-protocol server for the tests)
	$(BIN)/python tests/mongodb.py --build
	$(call say,Wrong requests)
	FACELOGIN_TEST_STRICT=1 FACELOGIN_TEST_FUZZ=$(or $(SEED),20261201):0:7500 FACELOGIN_TEST_FUZZ_EXAMPLES=100 OPENBLAS_NUM_THREADS=1 \
	  $(BIN)/python -m pytest -s -n 0 --timeout 0 tests/hostile/test_fuzz.py tests/hostile/test_openapi_document.py $(ARGS)

check: check-python check-web ## Lint, types and import boundaries

check-python: $(SELF)
	$(call say,Format and lint (ruff))
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet --no-cache .
	$(call say,Types (mypy --strict))
	$(BIN)/mypy --no-error-summary
	$(call say,Import boundaries (import-linter))
	$(BIN)/lint-imports --no-cache | tail -n 3

check-web: $(SELF) $(WEB_MODULES)
	$(call say,Web app: types and lint)
	$(BIN)/facelogin openapi > web/openapi.json
	cd web && npm run types:check || { echo 'The API has changed: run "make api-types".'; exit 1; }
	cd web && npm run check

format: $(SELF) $(WEB_MODULES) ## Put the code into its format and mend what can be mended
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .
	cd web && npm run format

web: $(WEBAPP) ## Build the web app into the package

api-types: $(SELF) $(WEB_MODULES) ## Write the web app's API types anew from the OpenAPI document
	$(BIN)/facelogin openapi > web/openapi.json
	cd web && npm run types

evaluate: evaluate-accuracy evaluate-bursts evaluate-conditions evaluate-attacks ## Measure error rates and attacks in full (hours); fail where accuracy has become worse

# The data lies beside the project; FACELOGIN_TEST_STRICT=1 fails where it is missing. Nothing that
# was embedded before is used: a change to the pipeline would not be seen.
evaluate-accuracy: $(SELF) $(MANIFEST)
	$(call say,Error rates on Labeled Faces in the Wild)
	rm -rf $(ACCURACY)
	for set in $(LFW) $(LFW_MORE); do if [ -d $$set ]; then $(BIN)/facelogin evaluate verify $$set/images \
	  --engine sface --engine dlib --groups $$set/gender.tsv --out $(ACCURACY)/$$(basename $$set); \
	  else echo "no $$set here: no report"; fi; done
	$(BIN)/python -m pytest -n 0 -v tests/accuracy/whole_lfw.py

# Fails if frames of one moment let strangers in beyond the target, or refuse more than one does.
evaluate-bursts: $(SELF) $(MANIFEST)
	$(call say,Error rates of frames of one moment)
	for set in $(LFW) $(LFW_MORE); do if [ -d $$set ]; then $(BIN)/facelogin evaluate bursts $$set/images \
	  --engine sface --engine dlib --out $(BURSTS)/$$(basename $$set); \
	  else echo "no $$set here: no report"; fi; done

# Fails if photos under some condition pass the gates and let strangers in. Goes on where it was
# interrupted; writes its table into docs/accuracy.md.
evaluate-conditions: $(SELF) $(MANIFEST)
	$(call say,Error rates of careless captures)
	if [ -d "$(LFW)" ]; then $(BIN)/facelogin evaluate conditions $(LFW)/images --engine sface \
	  --name "Labeled Faces in the Wild, View 2, folds 1-3" --out $(CONDITIONS) --into docs/accuracy.md; \
	  else echo "no $(LFW) here: no report"; fi

# Goes on where it was interrupted. Other people's photos: PORTRAITS=FOLDER, films: CLIPS=FOLDER.
evaluate-attacks: setup
	$(call say,300 attacks of each species on the live capture)
	if [ -d "$(PORTRAITS)" ]; then $(BIN)/facelogin evaluate pad --portraits "$(PORTRAITS)" --presentations 300 --over-socket 10 \
	  $(if $(CLIPS),--clips "$(CLIPS)") --out $(ATTACKS); else echo "no $(PORTRAITS) here: name photos with PORTRAITS=FOLDER"; fi

bench: setup $(CHROMIUM) ## Measure against face_recognition in one run, and the web app; writes docs/benchmarks.md
	$(BIN)/python -W ignore -m benchmarks

soak: setup ## Sign in 20,000 times and see that the server's memory does not grow
	$(BIN)/python -W ignore -m benchmarks.soak

wheel: setup ## Build the wheel, weights included, into dist/
	$(call say,Building the wheel)
	$(BIN)/python -m hatchling build -t wheel

audit-dependencies: $(DEPS) ## Ask the network whether vulnerabilities are known in what is locked
	@$(BIN)/python -m tools.audit_dependencies

weights: $(SELF) ## Convert the published weights to ONNX again
	$(BIN)/python -m tools.build_weights --force

pictures: $(SELF) ## Fetch the test photographs that the README's examples use
	$(BIN)/python -c 'import sys; sys.path[:0] = ["tests", "."]; import faces; print(*map(faces.image_path, faces.IMAGE_NAMES), sep="\n")'

lock: $(DEPS) ## Resolve dependencies anew and write the lock files
	$(call say,Locking dependencies)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra reference --extra evaluate --group dev pyproject.toml -o requirements-dev.txt
	echo 'face_recognition>=1.3.0' | $(BIN)/uv pip compile -q --no-deps --no-annotate --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock (installed with --no-deps)" - -o requirements-reference.txt

clean: ## Remove what the other commands made (never facelogin-data)
	rm -rf $(VENV) .cache dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf web/node_modules src/facelogin/webapp
	rm -f $(WEIGHTS)/*.onnx $(WEIGHTS)/NOTICE $(MANIFEST)

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

$(WEB_MODULES): web/package.json web/package-lock.json
	$(call say,Web dependencies (npm))
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(WEBAPP): $(WEB_MODULES) $(WEB_SOURCES)
	$(call say,Web app)
	cd web && npm run build && npm run size
	@touch $@

# Debian's Chromium where it can be had, else the one that Playwright brings.
$(CHROMIUM): $(WEB_MODULES) | $(VENV)/bin/python
	$(call say,Browser for the tests)
	@if command -v chromium chromium-browser google-chrome >/dev/null; then echo "using $$(command -v chromium chromium-browser google-chrome | head -n 1)"; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; \
	else cd web && npx playwright install chromium; fi
	@touch $@

# Debian's libfaketime where it can be had; without it the test of a server's wrong clock is skipped.
$(FAKETIME): | $(VENV)/bin/python
	$(call say,A clock to mislead a server with)
	@if compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; then echo "using $$(compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' | head -n 1)"; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends libfaketime; \
	else echo 'no libfaketime here: its test is skipped'; fi
	@touch $@

# Debian's nginx where it can be had, unpacked and not installed: that would start a service.
$(NGINX):
	$(call say,A proxy to put in front of a server)
	@mkdir -p $(@D)
	@if command -v nginx >/dev/null; then echo "using $$(command -v nginx)"; \
	elif command -v apt-get >/dev/null; then cd $(@D) && { apt-get download -qq nginx 2>/dev/null || { apt-get update -qq && apt-get download -qq nginx; }; } && dpkg -x nginx_*.deb . && rm nginx_*.deb; \
	else echo 'no nginx here: its tests are skipped'; fi
	@touch $@

# Debian's strace where it can be had; without it the tests of what goes out are skipped.
$(STRACE): | $(VENV)/bin/python
	$(call say,What sees every system call of a server)
	@if command -v strace >/dev/null; then echo "using $$(command -v strace)"; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends strace; \
	else echo 'no strace here: its tests are skipped'; fi
	@touch $@

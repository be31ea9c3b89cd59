# make run     serve on this network            make test    all tests, browsers included
# make quick   tests of a minute, for every edit
# make check   everything static                make bench   the figures
# make prove   the long proofs                make mutants   faults planted, to try the tests
# make screenshots   docs/: every phase, both roles
# make soak    whole sessions for 20 minutes, watched
# Each installs what it misses into .venv/ and installs nothing twice.

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= data
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install
STAMP := $(VENV)/.stamp

.DELETE_ON_ERROR:
.PHONY: install dev run test quick check prove mutants bench soak screenshots lock clean

install: $(STAMP)-runtime static/vendor/.pinned
dev: $(STAMP)-dev static/vendor/.pinned

run: install
	exec $(VENV)/bin/saywhen serve --host 0.0.0.0 --port $(PORT) --data-dir $(DATA_DIR) $(if $(HTTPS),--https)

test: dev $(STAMP)-browser tests/nu/node_modules/.pinned tests/floor/node_modules/.pinned tests/types/node_modules/.pinned .venv-old/.stamp
	$(PY) -m tests.lanes $(ARGS)

# Pure and in this process: for every edit.
quick: dev
	$(PY) -m tests.lanes quick $(ARGS)

check: dev tests/types/node_modules/.pinned
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --strict app tests bench
	for part in page worker pure; do tests/types/node_modules/@typescript/*/lib/tsc -p tests/types/$$part || exit; done
	$(VENV)/bin/saywhen check-content

# The long form of every proof that `make test` has a slice of; its table goes into docs/promises.md.
prove: dev $(STAMP)-browser tests/lighthouse/node_modules/.pinned
	$(PY) -m tests.lanes prove $(ARGS)

# A seeded sample of faults in hub, journal, core and pages: ARGS="--count 10 --seed 2 hub taps.js"
mutants: dev
	nice -n 10 $(PY) -m tests.mutants $(ARGS)

bench: dev $(STAMP)-browser bench/peers/node_modules/.pinned
	$(PY) -m bench $(ARGS)

soak: dev
	$(PY) -m bench.soak $(ARGS)

screenshots: dev $(STAMP)-browser
	$(PY) -m tests.browser.screenshots

# Newest versions that pyproject.toml admits, pinned with hashes and naming no index.
LOCK = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
lock:
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	$(LOCK) pyproject.toml --group dev -o locks/dev.txt >/dev/null
	$(LOCK) pyproject.toml -c locks/dev.txt -o locks/runtime.txt >/dev/null
	$(LOCK) --group build -c locks/dev.txt -o locks/build.txt >/dev/null
	$(LOCK) --group node -c locks/dev.txt -o locks/node.txt >/dev/null

clean:
	rm -rf $(VENV) $(VENV)-lock $(VENV)-old static/vendor build dist

# ---- what the above stand on ----

$(STAMP)-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Say When needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/apt python3-venv || \
		{ echo "Python's venv is missing. On Debian: apt-get install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(STAMP)-runtime: $(STAMP)-venv locks/runtime.txt locks/build.txt
	$(PIP) --require-hashes -r locks/runtime.txt -r locks/build.txt
	@touch $@

$(STAMP)-dev: $(STAMP)-runtime locks/dev.txt
	$(PIP) --require-hashes -r locks/dev.txt
	@touch $@

# Installing the project itself runs hatch_build.py, which fetches static/vendor/ with npm.
static/vendor/.pinned: $(STAMP)-runtime pyproject.toml hatch_build.py package.json package-lock.json
	@command -v npm >/dev/null || $(PIP) --require-hashes -r locks/node.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The checker of the pages' HTML, pinned with integrity; it needs a Java.
tests/nu/node_modules/.pinned: $(STAMP)-dev tests/nu/package-lock.json
	cd tests/nu && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@command -v java >/dev/null || .ci/apt default-jre-headless || \
		echo "No Java here: the HTML checker's test will be skipped." >&2
	@touch $@

# What reads the pages' scripts as old browsers do, and the engine of one.
tests/floor/node_modules/.pinned: $(STAMP)-dev tests/floor/package-lock.json
	cd tests/floor && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The checker of the scripts' types; npm fetches the one program for this machine.
tests/types/node_modules/.pinned: $(STAMP)-dev tests/types/package-lock.json
	cd tests/types && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.venv-old/.stamp: $(STAMP)-venv tests/old_engine/pinned.txt
	@$(PYTHON) -m venv --clear .venv-old
	@.venv-old/bin/python -m pip --disable-pip-version-check --quiet install --only-binary :all: --require-hashes -r tests/old_engine/pinned.txt && \
		.venv-old/bin/python -c 'import PyQt5.QtWebEngineWidgets' 2>/dev/null || \
		.ci/apt libgl1 libegl1 libnss3 libxcomposite1 libxdamage1 libxrandr2 libxtst6 libxkbcommon0 libasound2 libdbus-1-3 libfontconfig1 || true
	@.venv-old/bin/python -c 'import PyQt5.QtWebEngineWidgets' 2>/dev/null || \
		{ rm -f .venv-old/bin/python; echo "No old engine here: its tests will be skipped." >&2; }
	@touch $@

# Lighthouse, for the long proofs; it brings no browser.
tests/lighthouse/node_modules/.pinned: $(STAMP)-dev tests/lighthouse/package-lock.json
	cd tests/lighthouse && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# socket.io, to compare with; without node its row is left out.
bench/peers/node_modules/.pinned: $(STAMP)-dev bench/peers/package-lock.json
	@mkdir -p $(@D)
	cd bench/peers && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || \
		echo "No npm here: socket.io is left out." >&2
	@touch $@

$(STAMP)-browser: $(STAMP)-dev
	@{ command -v chromium && command -v chromium-headless-shell; } >/dev/null || \
		.ci/apt chromium chromium-headless-shell fonts-dejavu-core || command -v chromium >/dev/null || \
		$(PY) -m playwright install chromium
	@{ command -v firefox-esr && command -v WebKitWebDriver && command -v Xvfb; } >/dev/null || \
		.ci/apt firefox-esr webkit2gtk-driver xvfb || \
		echo "No Firefox or no WebKit here: their tests will be skipped, and say what they miss." >&2
	@command -v caddy >/dev/null || { .ci/apt caddy && { systemctl disable --now caddy || true; } >/dev/null 2>&1; } || \
		echo "No Caddy here: its tests will be skipped." >&2
	@PATH="$$PATH:/usr/sbin"; command -v nginx >/dev/null || \
		{ .ci/apt nginx && { systemctl disable --now nginx || true; } >/dev/null 2>&1; } || \
		echo "No nginx here: its tests will be skipped." >&2
	@touch $@

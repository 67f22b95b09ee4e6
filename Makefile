# The way in: `make run` serves a living demo, `make test` proves it. Both build .venv from the lock first.
#
# Needs Python 3.11 or newer and make, nothing else. PORT and DESK_VAR pass through, PYTHON names another
# interpreter: make run PORT=9000 DESK_VAR=/srv/desk DEMO_PACE=10 PYTHON=python3.13

# Twice as many as the smallest machine has cores: half of them keep a browser busy, the others wait as long as they work.
WORKERS ?= 4
BIN     := .venv/bin
CORE    := tests/unit/sessions tests/unit/routing tests/unit/test_purity.py

# Compiled modules are kept, also where a machine says otherwise: every process of every test would compile all again.
export PYTHONDONTWRITEBYTECODE :=

# Stamps carry the sum of what they stand for, so a changed lock or a moved folder installs again.
READY   := .venv/.ready-$(shell { cat requirements.lock; pwd; } 2>/dev/null | cksum | cut -d' ' -f1)
DEV     := .venv/.ready-dev-$(shell { cat requirements.lock requirements-dev.lock; pwd; } 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: setup run demo test test-unit test-core check bench lock clean

setup: $(READY)
	@:

run demo: $(READY)
	@exec $(BIN)/desk demo

test: $(DEV)
	@$(BIN)/python -m tests.chromium --fetch
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -r s

# All that needs no server and no browser; and of it the core, while you type.
test-unit: $(DEV)
	@exec $(BIN)/python -m pytest -p no:xdist tests/unit

test-core: $(DEV)
	@exec $(BIN)/python -m pytest -p no:xdist -p no:anyio $(CORE)

check: $(DEV)
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m ruff check
	$(BIN)/python -m mypy

bench: $(READY)
	@exec $(BIN)/desk bench

$(READY): | requirements.lock
	@bin/setup
	@rm -f .venv/.ready-*
	@touch $@

$(DEV): | requirements.lock requirements-dev.lock
	@bin/setup dev
	@rm -f .venv/.ready-*
	@touch $(READY) $@

# Pins the newest versions that pyproject.toml allows; for maintainers, with uv.
# CPython on Linux and macOS is what the desk runs on: markers for anything else are noise.
PIN = uv pip compile -q --upgrade --universal --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links
PLAIN = sed -E -e "/sys_platform == '(emscripten|win32)'/d" \
	-e "s/ ; (sys_platform|(platform_python_)?implementation(_name)?) != '[a-zA-Z0-9]+'$$//"

lock:
	printf '%s\n' 'setuptools>=77' 'pip>=26' | $(PIN) pyproject.toml - | $(PLAIN) > requirements.lock
	$(PIN) --group dev -c requirements.lock pyproject.toml | $(PLAIN) > requirements-dev.lock
	{ echo '-r requirements.lock'; grep -vxFf requirements.lock requirements-dev.lock; } > requirements-dev.tmp
	mv requirements-dev.tmp requirements-dev.lock

# Data in var/ stays.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

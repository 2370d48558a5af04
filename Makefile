# make run    the gateway between two simulators, and a page to watch it: http://127.0.0.1:8081/
# make test   our own tests        make lint      style and types
# make prove  kills and breaks     make interop   against other people's programs
# make bench  the README's figures make coverage  what the tests reach
#
# Everything lives in .venv, made from PYTHON (3.11 or later) on first use.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready
TRIAL := $(BIN)/python -m twisted.trial
# Where a wrong branch loses or doubles a text.
CORE := chanserv/links/*/codec.py,chanserv/links/*/session.py,chanserv/links/smpp/pdus.py,chanserv/links/rest/*,chanserv/profiles/*,chanserv/router.py,chanserv/lane.py,chanserv/backlog.py,chanserv/store/*

# Tests of profiles, but for those that hold a time in which coverage cannot keep up.
LANGUAGE := $(filter-out %.test_mutations,$(subst /,.,$(basename $(wildcard tests/profiles/test_*.py tests/profiles/*/test_*.py))))

# All tests but those against other people's programs, which are `make interop`.
OWN := $(patsubst tests/%/__init__.py,tests.%,$(wildcard tests/*/__init__.py)) $(patsubst tests/%.py,tests.%,$(wildcard tests/test_*.py))

# Tests start some hundred gateways: where a machine says that compiled modules are not to be kept (PYTHONDONTWRITEBYTECODE),
# each would compile all of ours again. Empty is unset.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test lint prove bench interop coverage clean

run: $(READY)
	$(BIN)/chanserv demo

# More processes than cores: stories and kills mostly wait, for what must come and for what must not.
test: $(READY)
	$(TRIAL) -j3 $(filter-out tests.interop,$(OWN))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Hours: a thousand kills of each kind of link, two hundred breaks of each, a million wrong inputs for each decoder.
prove: $(READY)
	$(BIN)/python -m tests.faults.mutations
	$(BIN)/python -m tests.faults.flaps
	$(BIN)/python -m tests.faults

bench: $(READY)
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.links

interop: $(READY) node_modules/smpp
	$(TRIAL) -j2 tests.interop

# Of the tests next to the code alone: what a story happens to pass by is not tested by it. No -j here. The store's
# writer is a process of its own and leaves its own data, hence the combining.
coverage: $(READY)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m twisted.trial $(LANGUAGE) tests.links tests.store tests.rules tests.test_router tests.test_lane tests.test_backlog
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include='$(CORE)' --show-missing --fail-under=95

clean:
	rm -rf .venv node_modules build *.egg-info _trial_temp* .coverage .coverage.* .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f twisted/plugins/dropin.cache

# editable_mode=compat: setuptools' newer import hook hides twisted/plugins from twistd.
$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' --config-settings editable_mode=compat
	touch $@

# The SMPP of node, which interop tests talk to; without npm they say that they skip.
node_modules/smpp:
	-npm install --prefix . --no-save --no-package-lock --no-audit --no-fund --silent smpp@0.6.0-rc.4

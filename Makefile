# The commands for developers, pre-commit hooks and CI. `make` alone lists them.
# Needs GNU make, git and Python 3.11 or newer with venv; everything else is installed into .venv, .venv-* and .meltano.
# make test also needs PostgreSQL, which it installs as root if there is apt-get.

PYTHON ?= python3
TARGET ?= target-duckdb
LOCKFLAGS ?=
DIST ?= dist
BENCHFLAGS ?=
MINUTES ?= 10
LIFE ?=
SEED ?=
FUZZFLAGS ?=
ZONE ?= UTC

VENV := .venv
DEMO_VENV := .venv-demo
MELTANO_VENV := .venv-meltano
BIN := $(VENV)/bin
MELTANO := $(MELTANO_VENV)/bin/meltano

# A stamp carries the interpreter's name, so that `make test PYTHON=python3.13` makes the environment anew.
STAMP := made-with-$(subst /,_,$(PYTHON))

# uv takes the system's certificates (as pip does) and never fetches an interpreter.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Nothing of an environment that happens to be active leaks in.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo sync report test fuzz test-next-sdk bench lint format package venv venv-meltano lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO_VENV)/$(STAMP) ## Load a simulated account into DuckDB: interrupted, completed, updated; no API key needed (SEED=7)
	@SEED=$(SEED) $(DEMO_VENV)/bin/python -m demo

sync: key plugins ## Load your account into output/ (TAP_HELPCRUNCH_API_KEY; TARGET=target-duckdb)
	@mkdir -p output
	@$(MELTANO) run tap-helpcrunch $(TARGET)

report: $(DEMO_VENV)/$(STAMP) ## Draw output/warehouse.html from output/warehouse.duckdb, which make sync fills (ZONE=Europe/Kyiv)
	@$(DEMO_VENV)/bin/python -m demo.report --zone '$(ZONE)'

test: lint targets ## Lint, check types, run all tests, also into real destinations
	@$(BIN)/pytest --ignore tests/destinations --numprocesses 2
	@# Loaders leave a core idle at times, so three at once; the slowest files first.
	@$(BIN)/pytest tests/destinations/test_[s-z]*.py tests/destinations/test_[a-r]*.py --numprocesses 3 --dist loadfile --no-loadscope-reorder

fuzz: venv ## Simulate random accounts, kills and deviations for MINUTES (10), and count; LIFE=number repeats that life
	@$(BIN)/python -m tests.lives $(if $(LIFE),--life $(LIFE) --lives 1) --minutes $(MINUTES) $(FUZZFLAGS)

test-next-sdk: .venv-next-sdk/$(STAMP) ## Run the tests with the newest singer-sdk, betas too; a failure shows what will change
	@$(BIN)/uv pip install --quiet --python .venv-next-sdk/bin/python --prerelease allow --upgrade-package singer-sdk \
		'singer-sdk[msgspec,s3,testing]'
	@$(BIN)/uv pip list --quiet --python .venv-next-sdk/bin/python | grep '^singer-sdk '
	@.venv-next-sdk/bin/pytest --ignore tests/destinations --ignore tests/test_package.py

bench: venv ## Compare the tap with other programs, 8 minutes; the results go to benchmarks/README.md (BENCHFLAGS=--quick: only print)
	@$(BIN)/python -m benchmarks $(BENCHFLAGS)

lint: venv ## Check style, types, meltano.yml, workflows, their safety, and spelling
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/check-jsonschema --builtin-schema vendor.meltano meltano.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/typos

format: venv ## Format the code and fix what ruff can fix
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

package: venv ## Build the wheel and the source archive into dist/ and check them, as a release does
	@rm -f $(DIST)/tap_helpcrunch-*
	@$(BIN)/uv build --quiet --build-constraints .ci/requirements/dev.txt --require-hashes --out-dir $(DIST)
	@$(BIN)/twine check --strict $(DIST)/tap_helpcrunch-*
	@$(BIN)/check-wheel-contents $(DIST)/tap_helpcrunch-*.whl

venv: $(VENV)/$(STAMP) ## Make .venv: the tap, editable, and the tools, pinned

venv-meltano: $(MELTANO_VENV)/$(STAMP) ## Make .venv-meltano: Meltano, pinned, apart from the tap

lock: venv ## Compile .ci/requirements/ from pyproject.toml (LOCKFLAGS=--upgrade for newer versions)
	@$(LOCK) .ci/requirements/uv.txt --group uv
	@$(LOCK) .ci/requirements/dev.txt pyproject.toml --group lint --group test --group report --group package
	@$(LOCK) .ci/requirements/demo.txt pyproject.toml --extra duckdb --group report --no-annotate --constraint .ci/requirements/dev.txt
	@$(LOCK) .ci/requirements/meltano.txt --group meltano --constraint .ci/requirements/uv.txt
	@# Only tests need this loader. Where the marker leaves it out it cannot be installed, and its tests are skipped.
	@printf "%s ; python_version < '3.15'\n" meltanolabs-target-snowflake==0.20.4 fakesnow[server] 'snowflake-connector-python<5' | \
		$(LOCK) .ci/requirements/target-snowflake.txt --no-annotate -

clean: ## Remove environments, caches and the demo's output; your data and Meltano's state stay
	rm -rf $(VENV) $(DEMO_VENV) $(MELTANO_VENV) .venv-target-* .venv-next-sdk .meltano/extractors .meltano/loaders .meltano/logs .meltano/run .meltano/made-with-*
	rm -rf .mypy_cache .pytest_cache .ruff_cache dist output/demo*

.PHONY: key plugins targets postgresql
key:
	@[ -n "$$TAP_HELPCRUNCH_API_KEY" ] || grep -Eqs '^[[:space:]]*(export[[:space:]]+)?TAP_HELPCRUNCH_API_KEY[[:space:]]*=[^#]*[[:alnum:]]' .env || \
		{ echo "TAP_HELPCRUNCH_API_KEY is missing: set it, or put it into .env (HelpCrunch: Settings, Developers, Public API)" >&2; exit 1; }

plugins: .meltano/$(STAMP)

# Meltano keeps the tap and each loader in an environment of its own; where the pins are is meltano.yml.
.meltano/$(STAMP): meltano.yml pyproject.toml $(MELTANO_VENV)/$(STAMP)
	@echo "installing the tap and the loader, as Meltano does ..."
	@mkdir -p .meltano && rm -f .meltano/made-with-*
	@$(MELTANO) install tap-helpcrunch target-duckdb >.meltano/install.log 2>&1 || { cat .meltano/install.log; exit 1; }
	@touch $@

# What the tests load into, beside DuckDB. The stamp's name lets it go with the plugins' own.
targets: .meltano/$(STAMP)-targets .venv-target-snowflake/$(STAMP) postgresql

.meltano/$(STAMP)-targets: .meltano/$(STAMP)
	@echo "installing the loaders that only tests need ..."
	@$(MELTANO) install target-jsonl target-postgres >.meltano/install.log 2>&1 || { cat .meltano/install.log; exit 1; }
	@touch $@

.venv-target-%/$(STAMP): .ci/requirements/target-%.txt $(VENV)/$(STAMP)
	@echo "making .venv-target-$* ..."
	@$(PYTHON) -m venv --clear .venv-target-$*
	@$(BIN)/uv pip install --quiet --python .venv-target-$*/bin/python --no-deps --require-hashes --requirement $<
	@touch $@

# The pins of .venv, in which test-next-sdk replaces the SDK by whatever is the newest that day.
.venv-next-sdk/$(STAMP): .ci/requirements/dev.txt $(VENV)/$(STAMP)
	@echo "making .venv-next-sdk ..."
	@$(PYTHON) -m venv --clear .venv-next-sdk
	@$(BIN)/uv pip install --quiet --python .venv-next-sdk/bin/python --no-deps --require-hashes --requirement $<
	@$(BIN)/uv pip install --quiet --python .venv-next-sdk/bin/python --no-deps --editable .
	@touch $@

postgresql:
	@if ! ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 && ! command -v pg_ctl >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing PostgreSQL ..."; apt-get update -qq && \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
		else echo "the tests need a PostgreSQL server: sudo apt-get install postgresql" >&2; exit 1; fi; \
	fi

$(VENV)/$(STAMP): .ci/requirements/uv.txt .ci/requirements/dev.txt pyproject.toml
	$(call environment,$(VENV),.ci/requirements/dev.txt)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(DEMO_VENV)/$(STAMP): .ci/requirements/uv.txt .ci/requirements/demo.txt pyproject.toml
	$(call environment,$(DEMO_VENV),.ci/requirements/demo.txt)
	@$(DEMO_VENV)/bin/uv pip install --quiet --python $(DEMO_VENV)/bin/python --no-deps --editable .
	@touch $@

$(MELTANO_VENV)/$(STAMP): .ci/requirements/uv.txt .ci/requirements/meltano.txt
	$(call environment,$(MELTANO_VENV),.ci/requirements/meltano.txt)
	@touch $@

# environment FOLDER,REQUIREMENTS: an environment with these requirements and nothing else. uv installs them in a tenth of pip's time.
define environment
	@echo "making $(1) ..."
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.13 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv --clear $(1)
	@$(1)/bin/python -m pip install --quiet --require-hashes --requirement .ci/requirements/uv.txt
	@$(1)/bin/uv pip install --quiet --python $(1)/bin/python --require-hashes --requirement $(2)
endef

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links $(LOCKFLAGS) --output-file

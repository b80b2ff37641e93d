# Everything is reached from here; only python3 and make are needed to begin with.
.DEFAULT_GOAL := help
.PHONY: help run test bench lint types contracts check-deep audit openapi docs lock setup clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## set up and run the server, on a demo city (HOST, PORT, DATABASE_URL, GRIDWARD_DEMO=0)
	@bin/setup
	@exec bin/run

test: ## set up and check all: lint, types, contracts, tests (ARGS='-k name' goes to pytest)
	@bin/setup --dev
	@exec bin/test $(ARGS)

lint: ## ruff: rules and format; Prettier and ESLint, if Node is there; hadolint, if it is there
	@bin/setup --dev
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@bin/check-web lint
	@if [ -x .venv/bin/hadolint ]; then .venv/bin/hadolint Dockerfile; fi

types: ## mypy
	@bin/setup --dev
	@.venv/bin/mypy

contracts: ## import-linter: which package may call which
	@bin/setup --dev
	@.venv/bin/lint-imports

check-deep: ## the long tests, which `make test` leaves out
	@bin/setup --dev
	@exec bin/test --deep $(ARGS)

bench: ## measure the server beside its own SQL, on 1,000,000 cases and a tenth (BENCH_SIZE, BENCH_SECONDS; bench/README.md)
	@bin/setup
	@PYTHONPATH=. .venv/bin/python -m bench.run

audit: ## secrets, licences, bill of materials, known vulnerabilities (needs bin/setup; GRIDWARD_AUDIT_STRICT=1)
	@bin/setup
	@exec bin/audit

openapi: ## write openapi/gridward.json anew
	@bin/setup
	@.venv/bin/gridward openapi write

docs: ## build the documentation site into build/docs and check its links; the server has it at /docs
	@exec bin/docs --again

lock: ## write the lock files anew from pyproject.toml (ARGS=--upgrade for newer releases)
	@bin/lock $(ARGS)

setup: ## only install what is needed to run and to test
	@bin/setup --dev

clean: ## remove .venv, built pages and caches; the database stays (bin/postgres destroy removes it)
	@rm -rf .venv web/dist* web/node_modules .run/mypy .run/pytest .run/uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info
	@find app migrations tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Everything a person does with this repository. `make help` lists it.
# Each target makes its own environment in .venv/; nothing needs preparing.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
BIN := .venv/bin
PYTHON := $(BIN)/python


.PHONY: help
help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make or renew the environment in .venv/
	@deploy/setup

.PHONY: run
run: setup ## Bring the whole platform up with a demo street: make run [PORT=8000]
	@exec $(BIN)/jiesu up --demo --port $(PORT)

.PHONY: test
test: setup ## Run every test, also over a real RabbitMQ, PostgreSQL and browser: make test [ARGS="-k relay"]
	@$(PYTHON) -m tests.nodes.programs
	@exec $(PYTHON) -m tests.run $(ARGS)

.PHONY: lint
lint: setup ## Check form, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: check
check: lint test ## Do all that CI does

.PHONY: format
format: setup ## Put the code into the house's form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: faults
faults: setup ## Kill, cut and poison things while appeals are in flight
	@$(PYTHON) -m tests.nodes.programs
	@exec $(BIN)/pytest tests/faults $(ARGS)

.PHONY: bench
bench: setup ## Measure over RabbitMQ and PostgreSQL; writes bench/out/latest.json
	@$(PYTHON) -m tests.nodes.programs
	@exec $(PYTHON) -m bench $(ARGS)

.PHONY: gallery
gallery: setup ## Take pictures of the pages, at phone and desk size, into docs/gallery/
	@$(PYTHON) -m tests.nodes.programs
	@exec $(PYTHON) -m docs.gallery $(ARGS)

.PHONY: docs
docs: setup ## Write the generated papers: diagrams, tables of facts; OpenAPI
	@exec $(PYTHON) -m docs.generate $(ARGS)

.PHONY: new-service
new-service: setup ## Lay out a new service: make new-service NAME=street_lighting
	@exec $(PYTHON) deploy/new_service.py "$(NAME)"

.PHONY: deploy
deploy: setup ## Write what lists every service's processes in deploy/, from the templates there
	@exec $(PYTHON) deploy/processes.py

.PHONY: lock
lock: setup ## Renew requirements/lock.txt with the newest versions that fit
	@exec deploy/lock

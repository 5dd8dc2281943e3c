# The project's commands. Each does its own set-up: Python, make and git are all that must be there.
#   RUNTIME=local|compose   with or without containers; by default Compose where a Docker engine answers
#   PORT=8000               port of the API
#   PYTHON=python3.12       the Python to make .venv with
SHELL := /bin/sh
# Each has servers of its own, so neither sees the other; ARGS="-n 0" is for a debugger.
TWO_PROCESSES := -n 2 --dist loadfile --no-loadscope-reorder
.DEFAULT_GOAL := help
.PHONY: help up down logs migrate demo doctor shell clean test test-django42 test-rabbitmq test-browser pictures broken torture bench bench-check bench-slowed lint audit-dependencies openapi docs format install install-django42

help:  ## Print this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1 /p' Makefile | while read -r word text; do printf '  make %-18s %s\n' "$$word" "$$text"; done

up: install  ## Start the service and wait until it is ready
	@tools/stack.sh up

down: install  ## Stop the service; the data stay
	@tools/stack.sh down

logs: install  ## Follow the logs
	@tools/stack.sh logs

migrate: install  ## Bring the database's tables up to date
	@tools/stack.sh migrate

demo: install  ## Fill the running stack with a lively day of payouts
	@tools/stack.sh demo

doctor: install  ## Say what is wrong here, and what to do about it
	@.venv/bin/payouts doctor

shell: install  ## Open Django's shell
	@tools/stack.sh shell

clean: install  ## Stop the service and remove its data (asks first; YES=1 answers)
	@tools/stack.sh clean

test: install  ## Run the tests, against servers of their own
	@.venv/bin/python -m pytest $(TWO_PROCESSES) $(ARGS)

test-django42: install-django42  ## Run the tests on Django 4.2
	@PYTHONPATH=src .venv-django42/bin/python -m pytest $(TWO_PROCESSES) $(ARGS)

test-rabbitmq: install  ## Run the engine's tests on RabbitMQ
	@TEST_BROKER=rabbitmq .venv/bin/python -m pytest tests/hints tests/journeys tests/payouts/test_engine.py $(ARGS)

test-browser: install  ## Run the console's tests in a real browser, Debian's Chromium
	@.venv/bin/python -m pytest tests/console/browser --timeout 300 $(ARGS)

pictures: install  ## Take the pictures of the documents anew, in Chromium
	@.venv/bin/python -m pytest tests/console/browser/pictures.py $(ARGS)

broken: install  ## Break each promise on purpose, in a copy; its test must fail: ARGS="--only fence"
	@.venv/bin/python -m tests.broken_on_purpose $(ARGS)

torture: install  ## Put payouts under random faults and count what is lost: COUNT=3000 SECONDS=230 SEED=1
	@.venv/bin/python -m tests.torture $(if $(COUNT),--count=$(COUNT)) $(if $(SECONDS),--seconds=$(SECONDS)) $(if $(SEED),--seed=$(SEED)) $(ARGS)

bench: install  ## Measure the service beside plain peers: SIZE=quick|full ONLY=1,2
	@.venv/bin/python -m bench $(if $(SIZE),--size=$(SIZE)) $(if $(ONLY),--only=$(ONLY))

bench-check: install  ## Measure the quick size, and compare its ratios with the committed ones
	@.venv/bin/python -m bench --size=quick --check $(if $(ONLY),--only=$(ONLY))

bench-slowed: install  ## Take fast paths out one at a time, and see a ratio fall
	@.venv/bin/python -m bench.slowed

lint: install  ## Check style, types, imports and generated files
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@set -a && . deploy/lint.env && .venv/bin/mypy
	@.venv/bin/lint-imports
	@set -a && . deploy/lint.env && HTTPS_ONLY=true DJANGO_SETTINGS_MODULE=payouts_service.settings .venv/bin/django-admin check --deploy --fail-level WARNING
	@if command -v promtool >/dev/null; then \
	  promtool check rules deploy/prometheus/alerts.yml && promtool test rules deploy/prometheus/alerts_test.yml \
	  && .venv/bin/python -m tools.dashboard_rules > .dashboard.yml && promtool check rules .dashboard.yml; \
	  code=$$?; rm -f .dashboard.yml; exit $$code; \
	else echo 'The alerts and the dashboard were not checked: there is no promtool here.'; fi

audit-dependencies:  ## Look for known weaknesses in every locked package (asks an advisory service)
	@python=$$(tools/find_python.sh) && "$$python" -m tools.audit_dependencies

openapi: install  ## Write openapi.yaml anew from the code
	@set -a && . deploy/lint.env && .venv/bin/payouts openapi > openapi.yaml.new && mv openapi.yaml.new openapi.yaml

docs: install  ## Write docs/reference anew from the code
	@set -a && . deploy/lint.env && .venv/bin/payouts reference --write docs/reference

format: install  ## Let the formatter lay out the code
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

install:  ## Make .venv from poetry.lock, if it is not up to date
	@python=$$(tools/find_python.sh) && "$$python" tools/install.py

install-django42:
	@python=$$(tools/find_python.sh) && "$$python" tools/install.py .venv-django42 lanes/django42

# make run    the platform with its demo province, in the foreground (PORT=8000, LANGBIANG_HOME=var)
# make test   everything a change must pass
.PHONY: run test lint types fast prepare

PORT ?= 8000
export PORT

run:
	@bin/prepare run
	@exec .venv/bin/langbiang up

test:
	@bin/prepare test
	@$(MAKE) --no-print-directory lint types
	.venv/bin/python -m pytest -q -n 2 --dist loadgroup --ignore tests/browser --ignore tests/faults
	@# One process: the driver of the browser keeps an event loop running, and processes are killed on purpose.
	.venv/bin/python -m pytest -q tests/browser tests/faults

prepare:
	@bin/prepare test

lint:
	.venv/bin/ruff check src tests simulators bench
	.venv/bin/lint-imports --no-cache
	.venv/bin/djlint --lint --quiet src

types:
	.venv/bin/mypy

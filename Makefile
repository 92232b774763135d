# Conveniences; nothing here is needed to run or test the platform.
.PHONY: help run test fast check bench
help:   ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'
run:    ## play the demonstration and serve
	python3 -m trading
test:   ## every gate and every test
	python3 -m tests
fast:   ## the pure rules only, in seconds
	python3 -m tests tests/unit -q -n 2
check:  ## style, types, floors
	.venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports
bench:  ## measure this machine; see BENCHMARKS.md
	.venv/bin/python -m tests.benchmarks

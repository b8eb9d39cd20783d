# The commands of this repository. Each one sets up what it needs first (tools/setup.sh; at once when nothing changed).
SHELL := /bin/bash
.DEFAULT_GOAL := report
.PHONY: report test lint fuzz bench bench-large faults-mail validate browser gallery words mutations setup clean

BIN := .venv/bin
SAMPLE := sample_data/customers_2026_q3.csv
REPORT := build/customers_2026_q3-report.pdf

report: setup  ## build the report of the sample data and print its path
	@mkdir -p build
	@$(BIN)/reportgen build $(SAMPLE) --output $(REPORT)

test: setup  ## the whole test suite
	$(BIN)/python -m pytest

lint: setup  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: setup  ## read 20,000 damaged tables: each a table or one clear line, in 10 s and 1 GB
	$(BIN)/python tests/fuzz.py

bench: setup  ## wall time and memory of build against the import floor, of typesetting against WeasyPrint alone, of reading a million rows against pandas
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/typesetting.py
	$(BIN)/python tests/benchmarks/reading.py

bench-large: setup  ## the same with 1,000,000 rows as well
	$(BIN)/python tests/benchmarks/bench.py --large

faults-mail: setup  ## 1,000 recipients, the sender killed 300 times, both delivery modes: what the ledger says against what arrived
	$(BIN)/python tests/mail_faults.py

validate: setup  ## PDF/UA-1, PDF/A-3a and qpdf --check of the reports of the sample and of every table in ../shared/data, with 2, auto and 12 segments
	$(BIN)/python tests/validate.py
	$(BIN)/python tests/validate.py -- -k 2
	$(BIN)/python tests/validate.py -- -k 12

browser: setup  ## report.html in a real headless Chromium: accessibility, keyboard, requests, width, print
	$(BIN)/python tests/browser.py

gallery: setup  ## the pictures of the report in the README, docs/gallery
	$(BIN)/python tools/gallery.py

words: setup  ## are the names and sentences true, stable, distinct and readable: figures beside targets
	$(BIN)/python tests/benchmarks/words.py

mutations: setup  ## 200 random changes of a table, its report's evidence or pages: how many verify catches
	$(BIN)/python tests/mutations.py 200

setup:  ## .venv with the locked dependencies, and WeasyPrint's system libraries
	@tools/setup.sh

clean:  ## remove what was made, except .venv
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find reportgen tests sample_data -name __pycache__ -type d -prune -exec rm -rf {} +

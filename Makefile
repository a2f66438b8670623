# Everything the workbook does, one target each. `make` alone lists them.
PYTHON ?= python3
export BROWSER CACHE WORK

.DEFAULT_GOAL := help
.PHONY: help lab setup up down test bench clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-7s %s\n", $$1, $$2}'

lab: setup ## set up what is missing, start the brokers and JupyterLab, print the address (BROWSER=no)
	@.venv/bin/python -m helpers lab

setup: ## bring the environment and the brokers onto this machine; run again, it only looks
	@$(PYTHON) helpers/setup/bootstrap.py

up: setup ## start the three brokers
	@.venv/bin/python -m helpers up

down: ## stop everything that the workbook started here
	@$(PYTHON) -m helpers down

# What holds a bar in seconds runs first and alone. The rest waits most of the time, for a fault, for quiet, for a broker: more
# of it side by side than there are cores. The labs' programs wait longest: four at a time. All else: three.
# Exit code 5 is pytest's word for "nothing chosen here".
test: ## run all tests (ARGS="-k name" chooses)
	@$(PYTHON) helpers/setup/bootstrap.py --dev
	@failed=0; \
	.venv/bin/python -m pytest -m timed $(ARGS) || [ $$? = 5 ] || failed=1; \
	.venv/bin/python -m pytest -n 3 --dist loadgroup -m "not program and not timed" $(ARGS) || [ $$? = 5 ] || failed=1; \
	.venv/bin/python -m pytest -n 4 --dist load -m program $(ARGS) || [ $$? = 5 ] || failed=1; \
	exit $$failed

bench: setup ## measure what the workbook promises, beside the bars
	@.venv/bin/python -m helpers bench

clean: down ## remove .venv and .workbook; the shared cache with CACHE=yes, your own work/ with WORK=yes
	@$(PYTHON) -m helpers clean

# Every target installs what it needs into .venv first. `make help` lists them.
PYTHON ?= python3.11
EXTRAS ?= dev
JOBS ?= 1
PRESET ?=
VENV := .venv
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
READY := $(VENV)/.ready

.PHONY: help install demo test plan study front verify emulator validate-prediction lint bench mutants clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(READY) ## install into .venv (2.8 GB, a few minutes); EXTRAS=dev,gpu for a GPU

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) not found: install Python 3.11 (Debian 12: apt-get install python3.11 python3.11-venv) or name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "error: $(PYTHON) is `$(PYTHON) -V 2>&1`, but tflite-runtime needs Python 3.11: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: $(PYTHON) cannot make virtual environments: apt-get install python3.11-venv" >&2; exit 2; }
	@[ -x $(VENV)/bin/dvc ] || [ `df -Pk . | awk 'NR==2 {print $$4}'` -gt 5000000 ] || { echo "error: less than 5 GB free in $(CURDIR), which the installation needs: free some space and run make again" >&2; exit 2; }
	@echo "installing into $(VENV) (2.8 GB, a few minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]' || { echo "error: the installation failed (the lines above say why): mend it and run make again" >&2; exit 2; }
	@touch $@

demo: $(READY) ## the whole study on an embedded data set, in .work/demo
	@$(RUN) python -m pipelines.workspace --preset smoke --out .work/demo
	@cd .work/demo && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" python -m pipelines.study --jobs 2

test: $(READY) ## all tests
	@$(RUN) sh -c 'python -m pytest -q -n 2 --durations=15 --dist loadfile --no-loadscope-reorder -m "not tf"; others=$$?; \
		python -m pytest -q -n 2 --durations=15 --dist loadfile -m tf && exit $$others'

plan: $(READY) ## write plan.yaml from params.yaml
	@$(RUN) python -m pipelines.plan

study: $(READY) ## rebuild the study; PRESET=smoke|quick|full, JOBS=n cells side by side
	@$(RUN) python -m pipelines.study --jobs $(JOBS) $(if $(PRESET),--preset $(PRESET))

front: $(READY) ## write README's figure and table of results from reports/
	@$(RUN) python -m pipelines.front

verify: $(READY) ## hash every output and cached file, and what committed reports vouch for
	@$(RUN) python -m pipelines.verify

emulator: $(READY) ## aarch64 system for a Raspberry Pi 4B without the board (apt-get install qemu-user llvm gcc)
	@$(RUN) python -m pipelines.emulator

validate-prediction: $(READY) ## Raspberry Pi predictions against published times; STORED=1 from stored counts
	@$(RUN) python -m pipelines.validate_prediction $(if $(STORED),--stored)

lint: $(READY) ## ruff (check and format) and mypy
	@$(RUN) sh -c "ruff check . && ruff format --check . && mypy study pipelines benchmarks"

bench: $(READY) ## training and evaluation speed, and latency against litert-benchmark, as ratios
	@$(RUN) python -m benchmarks

mutants: $(READY) ## small faults in statistics, tasks and latency: which does no test notice? JOBS=n (an hour with one)
	@$(RUN) sh -c "mutmut run --max-children $(JOBS) && mutmut results"

clean: ## remove scratch folders, not results
	rm -rf .work mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis

# make test   environment, linters, types and tests        make demo   devices, and a small training
# make test-cuda  the tests of GPUs, on emulated ones
# make quick  in between: linters, types, and the tests of the core; of other modules where T names
#             them, make quick T="session place", and only those that K selects, make quick T=ops K=Roll
# The environment is .venv, made on first use. PYTHON chooses the interpreter (3.11 or newer).

VENV := .venv
BIN := $(VENV)/bin
MODERN := -c 'import sys; sys.exit(sys.version_info < (3, 11))'

# The first modern interpreter; version managers put up names that do not run, hence the trial.
find_python = $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(if $(shell $(name) $(MODERN) 2>/dev/null && echo yes),$(name))))

ifeq ($(origin PYTHON),undefined)
PYTHON = $(or $(find_python),python3)
endif

.PHONY: test test-cuda test-cuda-long quick lint demo test-gpu test-long bench protos format clean

test: lint
	$(BIN)/python -m pytest -o faulthandler_exit_on_timeout=true

# What lies where; then from a graph to its step, and the run of it.
T := layout graph build gradients prune place program optimise generate session

quick: lint
	$(BIN)/python -m pytest -q $(if $(K),-k '$(K)') $(foreach module,$(T),\
	$(or $(wildcard tests/test_$(module)*.py),$(error there is no tests/test_$(module)*.py)))

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

demo: $(VENV)/.demo
	$(BIN)/python -m tfsession devices
	$(BIN)/python examples/train_digits.py

# On a machine that has its own environment: make test-gpu PYTHON=python3
test-gpu:
	@$(PYTHON) tests/needed.py
	PYTHONPATH=. $(PYTHON) -m pytest -m gpu

# The same tests on two emulated GPUs (tests/cuda_on_cpu): the released CuPy, whose kernels g++
# compiles. Once with work that runs at once, and beside it once with work that waits until somebody
# waits for it; of the records of ops each takes a part, all with test-cuda-long.
CUDA := .venv-cuda

test-cuda: $(CUDA)/.built
	tests/cuda_on_cpu/run.sh $(CUDA) 8

test-cuda-long: $(CUDA)/.built
	tests/cuda_on_cpu/run.sh $(CUDA) 1

$(CUDA)/.built: $(CUDA)/.dev $(wildcard tests/cuda_on_cpu/*.* tests/cuda_on_cpu/*/*.h)
	tests/cuda_on_cpu/rebuild.sh $(CUDA)
	@touch $@

$(CUDA)/.dev: tests/cuda_on_cpu/make.sh pyproject.toml
	tests/cuda_on_cpu/make.sh $(CUDA) $(PYTHON)
	$(CUDA)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

test-long: $(VENV)/.dev
	$(BIN)/python -m pytest -m long

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# grpcio-tools 1.63 has wheels up to Python 3.12 and lives in an environment of its own.
protos:
	$(PYTHON) -m venv $(VENV)-protos
	$(VENV)-protos/bin/python -m pip install --quiet 'grpcio-tools==1.63.*' 'setuptools<81'
	PYTHONPATH=. $(VENV)-protos/bin/python tfsession/protos/generate.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) $(VENV)-protos $(CUDA) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) $(MODERN) 2>/dev/null || { echo \
	"tfsession needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	"Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# CuPy comes for the CUDA version of the driver (12, or 13 and newer), and for 12 where a card is older
# than CUDA 13 compiles for (7.5); without a driver, NumPy runs the demo.
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@version=$$($(BIN)/python -c "import pynvml as n; n.nvmlInit(); \
	cards = map(n.nvmlDeviceGetHandleByIndex, range(n.nvmlDeviceGetCount())); \
	is_old = any(tuple(n.nvmlDeviceGetCudaComputeCapability(c)) < (7, 5) for c in cards); \
	print(min(n.nvmlSystemGetCudaDriverVersion_v2() // 1000, 12 if is_old else 13))" \
	2>/dev/null || echo 0); \
	if [ "$$version" -ge 13 ]; then extra=cuda13; elif [ "$$version" -eq 12 ]; then extra=cuda12; \
	else echo "No NVIDIA driver for CUDA 12 or newer: the demo runs on the CPU."; extra=; fi; \
	if [ -n "$$extra" ]; then echo "NVIDIA driver for CUDA $$version: installing CuPy ($$extra)"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$$extra]"; fi
	@touch $@

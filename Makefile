# make lab · make test · make quick · make notebooks · make test-backends · make soak · make outputs · make bench · make site · make clean
# for teachers: make assignments · make grade SUBMISSIONS=folder
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NB ?= notebooks/*.ipynb
ARGS ?=
EXTRA ?=
COURSE ?= build/assignments
SUBMISSIONS ?=
REPO ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help lab test quick lint unit notebooks test-backends soak outputs bench gpu-check clean assignments grade badges site

help:
	@echo "make lab        open the course in JupyterLab (ARGS=\"--no-browser --port 8899\" are passed on)"
	@echo "make test       everything: ruff, unit tests, every notebook"
	@echo "make quick      unit tests only"
	@echo "make notebooks  every notebook under nbval (NB=notebooks/04* for some)"
	@echo "make test-backends  the package's tests and two notebooks under JAX and PyTorch"
	@echo "make soak       fifty kills at random moments, each resumed; a class of 200 submissions graded; the bank of answers, twelve draws each"
	@echo "make outputs    run notebooks and keep their outputs in place (NB=… for some)"
	@echo "make badges     the repository's address in every notebook: make badges REPO=owner/name"
	@echo "make site       chapters and assignments as pages, in build/site/html (ARGS=--external checks outside links too)"
	@echo "make bench      the measurements behind every claim of speed and quality"
	@echo "make assignments  student versions of the assignments and nbgrader's gradebook (COURSE=folder, build/assignments by default)"
	@echo "make grade      grade a folder of downloaded notebooks: make grade SUBMISSIONS=folder (ARGS=\"--assignment A1 --jobs 4\")"
	@echo "make gpu-check  fails if no GPU is seen; make gpu-notebooks BACKEND=jax runs every chapter in the gpu profile (or tensorflow, torch)"
	@echo "make clean      remove .venv, caches and build products"

# -- installation: one folder, a stamp per set of requirements ------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed, but $(PYTHON) is `$(PYTHON) -V 2>&1`. Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not make a virtual environment. On Debian: apt install python3-venv"; exit 1; }

comma := ,
WITH := $(subst $(comma),-,$(EXTRA))

$(VENV)/.lab$(WITH): $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[lab$(EXTRA)]"
	@touch $@

$(VENV)/.test$(WITH): $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[lab,test$(EXTRA)]"
	@touch $@

# Jupyter Book's libraries and JupyterLab's exclude each other, so it gets an environment of its own, inside the other.
$(VENV)/.site: $(BIN)/python tools/site/requirements.txt tools/site/constraints.txt
	$(BIN)/python -m venv $(VENV)/site
	$(VENV)/site/bin/python -m pip --disable-pip-version-check install --quiet --constraint tools/site/constraints.txt --requirement tools/site/requirements.txt
	@touch $@

# -- for learners ---------------------------------------------------------------------------------------------------

lab: $(VENV)/.lab$(WITH)
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --allow-root --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

# -- for teachers ---------------------------------------------------------------------------------------------------

$(VENV)/.grading: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable ".[lab,grading]"
	@touch $@

GRADING := $(BIN)/python -m dcgan_course.classroom.grading

assignments: $(VENV)/.grading
	$(GRADING) build "$(COURSE)"
	cp "$(COURSE)"/release/*/*.ipynb notebooks/assignments/

$(COURSE)/gradebook.db: $(wildcard notebooks/assignments/source/*/*.ipynb)
	$(MAKE) --no-print-directory assignments

grade: $(VENV)/.grading $(COURSE)/gradebook.db
	@test -n "$(SUBMISSIONS)" || { echo "Name the folder of notebooks: make grade SUBMISSIONS=folder"; exit 1; }
	$(GRADING) grade "$(SUBMISSIONS)" --course "$(COURSE)" $(ARGS)

# -- for developers and CI ------------------------------------------------------------------------------------------

test: lint unit notebooks

quick: unit

lint: $(VENV)/.test$(WITH)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: $(VENV)/.test$(WITH) $(VENV)/.site
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

notebooks: $(VENV)/.test$(WITH)
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=600 --durations=0 --durations-min=5 $(ARGS) $(NB)

ON_BACKENDS := $(addprefix tests/core/test_,$(addsuffix .py,gan strategy losses networks sampling checkpoint start)) \
  $(addprefix tests/instruments/test_,$(addsuffix .py,packing relatives callbacks evaluation)) tests/classroom/test_errors.py

# JAX compiles each model once for all tests and processes, and keeps it from one run to the next
test-backends: EXTRA := ,jax,torch
test-backends: export JAX_COMPILATION_CACHE_DIR = $(CURDIR)/build/jax
test-backends: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS = 0
test-backends: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES = -1
test-backends:
	$(MAKE) --no-print-directory EXTRA=$(EXTRA) $(VENV)/.test-jax-torch
	$(BIN)/python -m pytest --numprocesses 2 tests/core/test_backends.py tests/core/test_devices.py $(ARGS)
	for backend in jax torch; do echo "== $$backend"; export KERAS_BACKEND=$$backend DCGAN_COURSE_PROFILE=smoke DCGAN_COURSE_KILLS=1; \
	  $(BIN)/python -m pytest --numprocesses 2 $(ON_BACKENDS) $(ARGS) && \
	  $(BIN)/python -m pytest --nbval-lax --nbval-current-env $(addprefix notebooks/,00_start_here.ipynb 07_scaling_out.ipynb) || exit 1; \
	done

soak: $(VENV)/.test$(WITH)
	DCGAN_COURSE_KILLS=50 $(BIN)/python -m pytest tests/core/test_checkpoint.py -k killed
	DCGAN_COURSE_CLASS=200 $(BIN)/python -m pytest tests/classroom/test_assignments.py -k class -s
	DCGAN_COURSE_DRAWS=12 $(BIN)/python -m pytest --numprocesses 2 tests/classroom/test_bank.py

outputs: $(VENV)/.test$(WITH)
	$(BIN)/python tools/execute.py $(NB)

site: $(VENV)/.lab$(WITH) $(VENV)/.site
	$(BIN)/python tools/site/build.py $(ARGS)

bench:
	$(MAKE) --no-print-directory EXTRA=,jax,torch $(VENV)/.test-jax-torch
	for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit 1; done

badges: $(VENV)/.test$(WITH)
	$(BIN)/python tools/badges.py $(REPO)

gpu-check: $(VENV)/.test$(WITH)
	$(BIN)/python -c "import sys, dcgan_course as dc; sys.exit(not dc.start(profile='gpu').has_gpu)"

# every chapter, or NB=…, on a GPU under one backend: make gpu-notebooks BACKEND=jax (tensorflow by default, or torch)
BACKEND ?= tensorflow
WITH_GPU_tensorflow := ,gpu
WITH_GPU_jax := ,jax-cuda
WITH_GPU_torch := ,torch

.PHONY: gpu-notebooks
gpu-notebooks: export KERAS_BACKEND := $(BACKEND)
gpu-notebooks: export DCGAN_COURSE_PROFILE ?= gpu
gpu-notebooks:
	$(MAKE) --no-print-directory EXTRA=$(WITH_GPU_$(BACKEND)) ARGS="--nbval-cell-timeout=1800 $(ARGS)" \
	  $(if $(filter gpu,$(DCGAN_COURSE_PROFILE)),gpu-check) notebooks

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache
	find . -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

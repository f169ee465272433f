# Everything here needs only `make` and a Python from 3.11 on. The first call makes .venv and installs into it.
#
#   make demo     a video from a prompt, a gap filled between two clips, a contact sheet of each, in out/
#   make test     the whole test suite        (make test ARGS="-m 'not slow'" for the quick part)
#   make stock    the stock openai client against the runtime, in each of its versions   (make stock STOCK=3.54.0 for one)
#   make blender  the tests of the extension, in each supported Blender     (make blender BPY=5.0.1 for one)
#   make ci       every check that must pass, as in continuous integration
#   make fmt      format the sources, mend what can be mended
#   make lint     what `make fmt` could not mend
#   make clean    remove .venv and everything that was built

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
ARGS :=
NEEDS := pyproject.toml constraints.txt
unexport PYTHONDONTWRITEBYTECODE
BPY := 4.2.23 4.5.15 5.0.1
# What each Blender has, as types: the oldest that is supported, and the newest there is. `make blender-types`.
STUBS_4.2 := fake-bpy-module-4.2==20260730
STUBS_5.0 := fake-bpy-module==20261026
# The first version of OpenAI's package with videos that is still met, the last of its second line, and one of the third.
STOCK := 2.24.0 2.54.0 3.54.0
BPY_READY = $(foreach version,$(BPY),.venv-bpy-$(basename $(version))/.bpy-$(version))

.PHONY: demo test dev stock stock-clients $(STOCK:%=stock-%) bpy blender blender-types $(BPY:%=blender-%) ci fmt lint clean

demo: $(VENV)/.runtime
	$(PY) examples/demo.py out

test: dev
	$(PY) -m pytest -n 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder tests $(ARGS)

dev: $(VENV)/.dev

stock: $(STOCK:%=stock-%)

$(STOCK:%=stock-%): stock-%: dev .stock/%/.ready
	@[ ! -e .stock/$*/.ready ] || CUTAWAY_STOCK=$* PYTHONPATH=.stock/$* $(PY) -m pytest tests/conformance $(ARGS)

# Each version in a folder of its own, with all that it needs: `make --jobs=3 stock-clients` installs them beside each other.
stock-clients: $(STOCK:%=.stock/%/.ready)

$(STOCK:%=.stock/%/.ready): .stock/%/.ready: | $(VENV)/.dev
	@echo "Installing openai $* into .stock (once; seconds)"; \
	rm -rf $(@D) && $(PIP) install --quiet --no-compile --no-warn-conflicts --target $(@D) openai==$* && touch $@ && exit 0; \
	rm -rf $(@D); [ -z "$$CI" ] || exit 1; \
	echo "openai $* could not be installed: its tests are left out."

# bpy is Blender as a Python module: a wheel of 350 MB, an environment of 1 GB, one Blender in a process.
bpy: $(BPY_READY)

blender: $(BPY:%=blender-%)

$(BPY:%=blender-%): blender-%: bpy
	@env=.venv-bpy-$(basename $*); [ ! -e $$env/.bpy-$* ] || $$env/bin/python -m pytest tests/plugins/blender $(ARGS)

# Names only: mypy against stubs of the oldest Blender and of the newest there is.
blender-types: dev bpy
	@for version in 4.2 5.0; do \
	  env=.venv-bpy-$$version; [ -d $$env ] || continue; \
	  echo "The extension against the types of $$version's environment"; \
	  $(PY) -m mypy --config-file .ci/blender.ini --python-executable $$env/bin/python --cache-dir .mypy_cache/bpy-$$version \
	    plugins/blender/cutaway_blender || exit 1; \
	done

# On the package index every Blender up to 5.0 is built for Python 3.11 and for no other.
$(BPY_READY): $(NEEDS) Makefile
	@version=$(@F:.bpy-%=%); fit='import sys; sys.exit(sys.version_info[:2] != (3, 11))'; \
	for python in $(PYTHON) python3.11 python3 python; do \
	  $$python -c "$$fit" 2>/dev/null || continue; \
	  echo "Installing Blender $$version into $(@D) (once; a minute)"; \
	  [ -x $(@D)/bin/pip ] || $$python -m venv $(@D) || exit 1; \
	  $(@D)/bin/python -m pip --disable-pip-version-check install --quiet -e ".[blender]" "bpy==$$version" pytest hypothesis $(STUBS_$(basename $(@F:.bpy-%=%))) || exit 1; \
	  rm -f $(@D)/.bpy-* && touch $@ && exit 0; \
	done; \
	echo "Blender $$version as a Python module needs Python 3.11, and none was found: its tests are left out."

ci:
	bash .ci/run

fmt: dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lint: dev
	bash .ci/run format lint

clean:
	rm -rf $(VENV) .venv-bpy-* .stock build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.runtime: $(VENV)/bin/pip $(NEEDS)
	@echo "Installing cutaway with its runtime into $(VENV) (once; a minute or two)"
	$(PIP) install --quiet -c constraints.txt -e ".[runtime]"
	@touch $@

$(VENV)/.dev: $(VENV)/bin/pip $(NEEDS)
	@echo "Installing cutaway with its development tools into $(VENV) (once; a minute or two)"
	$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.runtime

# The first Python that is new enough and can make environments; PYTHON=/path/to/python names another one.
$(VENV)/bin/pip:
	@fit='import sys; sys.exit(sys.version_info < (3, 11))'; old=; \
	for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  $$python -c "$$fit" 2>/dev/null || { $$python --version >/dev/null 2>&1 && old="$$python"; continue; }; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || { bare="$$python"; continue; }; \
	  echo "Making $(VENV) with $$($$python --version)"; \
	  rm -rf $(VENV) && $$python -m venv $(VENV) && exit 0; \
	  rm -rf $(VENV); exit 1; \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "$$bare cannot make an environment: its venv and ensurepip modules are missing." >&2; \
	  echo "On Debian and Ubuntu: apt install python3-venv    Then run make again." >&2; \
	else \
	  echo "cutaway needs Python 3.11 or newer, and none was found$${old:+ (only $$($$old --version 2>&1))}." >&2; \
	  echo "On Debian: apt install python3 python3-venv    On macOS: brew install python    Then run make again," >&2; \
	  echo "or name one: make PYTHON=/path/to/python3.12 test" >&2; \
	fi; exit 1

# make help lists the targets.

PREFIX ?= /usr/local
VERBS := validate ingest extract sync enrich scenes label-export meta
TOOLS := $(VERBS:%=av-%)
RELEASE := -c release --static-swift-stdlib -Xlinker -s -Xlinker --gc-sections
BIN := .build/release
only ?=
time ?= 60
VENV := .build/interop

.PHONY: help demo test check lint format docs golden fuzz faults mutations bench interop install uninstall deps build release clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

deps: ## install the Debian packages that are missing
	@.ci/packages

build: deps ## debug build of everything
	swift build --build-tests

release: deps ## the tools as they are installed, in .build/release
	swift build $(RELEASE)

demo: release ## a sample drive through the whole pipeline
	@examples/demo.sh $(BIN) demo

test: deps ## unit, contract and golden tests; only=NAME filters
	swift build --build-tests
	swift test --skip-build --disable-xctest $(if $(only),--filter '$(only)')

check: deps ## did I break anything? lint, tests, docs without difference, shell scripts, fuzz corpus
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory docs
	git diff --exit-code -- man completions
	shellcheck .ci/run .ci/packages .ci/docs .ci/lint $$(find examples Tests -name '*.sh')
	$(MAKE) --no-print-directory fuzz time=0

lint: ## format and house rules
	swift format lint --strict --parallel -r Sources Tests Package.swift
	.ci/lint

format: ## format in place
	swift format -i --parallel -r Sources Tests Package.swift

docs: ## manual pages and completions, from the option declarations
	swift build
	.ci/docs .build/debug

golden: ## record what the golden cases print now; review with git diff
	swift build --build-tests
	AV_RECORD=1 swift test --skip-build --disable-xctest --filter golden || true
	git status --short Tests/Golden

fuzz: deps ## libFuzzer over every parser for time=60 seconds each, after a replay of its corpus
	Tests/Fuzz/run.sh $(time)

faults: release ## inject faults into an ingest and check what is left; max=N points a system call, 0 for all
	@.ci/packages strace gcc libc6-dev e2fsprogs xfsprogs fuse3 libfuse3-3 python3-venv
	Tests/Faults/run.sh $(BIN) $(or $(max),3)

mutations: deps ## take away one protection at a time: does a fault test notice? some ten minutes
	@.ci/packages strace gcc libc6-dev e2fsprogs xfsprogs fuse3 libfuse3-3 python3-venv
	Tests/Faults/mutations.py $(if $(only),$(only))

bench: release ## speed against peers and floors, into Tests/Bench/RESULTS.md
	Tests/Bench/run.sh $(BIN)

interop: release ## what we write and read against other implementations
	@.ci/packages python3-venv b3sum prometheus
	Tests/Interop/run.sh $(BIN) $(VENV)

install: ## PREFIX and DESTDIR say where
	@test -x $(BIN)/av-meta || $(MAKE) --no-print-directory release
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -d $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/share/doc/avtools/examples $(DESTDIR)$(PREFIX)/share/doc/avtools/schemas
	for tool in $(TOOLS); do \
	  install -m 755 $(BIN)/$$tool $(DESTDIR)$(PREFIX)/bin/ && \
	  install -m 644 man/$$tool.1 $(DESTDIR)$(PREFIX)/share/man/man1/ && \
	  install -m 644 completions/bash/$$tool $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ && \
	  install -m 644 completions/zsh/_$$tool $(DESTDIR)$(PREFIX)/share/zsh/site-functions/ && \
	  install -m 644 completions/fish/$$tool.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ || exit 1; \
	done
	install -m 644 man/avtools.7 $(DESTDIR)$(PREFIX)/share/man/man7/
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/avtools/
	cp -R examples/. $(DESTDIR)$(PREFIX)/share/doc/avtools/examples/
	cp -R schemas/. $(DESTDIR)$(PREFIX)/share/doc/avtools/schemas/

uninstall: ## removes what install put there
	for tool in $(TOOLS); do \
	  rm -f $(DESTDIR)$(PREFIX)/bin/$$tool $(DESTDIR)$(PREFIX)/share/man/man1/$$tool.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$tool \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$tool \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$tool.fish; \
	done
	rm -f $(DESTDIR)$(PREFIX)/share/man/man7/avtools.7
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/avtools

clean: ## removes what was built
	rm -rf .build demo

# make demo ARGS="…" passes arguments to the demonstration.
.PHONY: help build demo test clean

help:
	@echo "make demo    set up, build for release and run the demonstration (ARGS=... are passed on)"
	@echo "make test    set up, then check format, build and run the tests"
	@echo "make build   set up and build for release"
	@echo "make clean   remove what was built (what was set up stays)"

build:
	@Scripts/bootstrap
	swift build -c release --product swiftlet

demo: build
	.build/release/swiftlet demo $(ARGS)

test:
	@Scripts/bootstrap
	@Scripts/python
	@Scripts/check

clean:
	rm -rf .build .build-* .fuzz

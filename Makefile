# The short way to everything; each target is a few commands that can also be typed. CONTRIBUTING.md says more.
#   make build GPU=cuda             off (the default), cuda, vulkan, metal, or auto
#   make build LLAMAFILE=off        in process and a llama-server built the same way say the same (tools/build-llama)
#   make build DUOLOGUE_LLAMA=off   without the in-process engine
#   make install PREFIX=~/.local
GPU ?= off
LLAMAFILE ?= on
PREFIX ?= /usr/local
DUOLOGUE_LLAMA ?= on
export GPU LLAMAFILE DUOLOGUE_LLAMA

ifeq ($(filter off 0 no,$(DUOLOGUE_LLAMA)),)
configure = headers=$$(tools/fetch-headers) && dir=$$(tools/build-llama $(2)) && cmake --preset $(1) \
	  --log-level=WARNING -DDUOLOGUE_ASSORTHEAD_DIR="$$headers" -DDUOLOGUE_LLAMA=ON -DDUOLOGUE_LLAMA_DIR="$$dir"
weights = build/duologue models pull smollm2
else
configure = headers=$$(tools/fetch-headers) && cmake --preset $(1) \
	  --log-level=WARNING -DDUOLOGUE_ASSORTHEAD_DIR="$$headers" -DDUOLOGUE_LLAMA=OFF
weights = true
endif

.PHONY: help demo build test bench check format install clean

help:
	@echo 'make demo     installs what is missing, builds, and lets two real models talk here'
	@echo 'make test     the same set-up, then every test'
	@echo 'make build    leaves build/duologue   (GPU=off|cuda|vulkan|metal|auto)'
	@echo 'make install  PREFIX=/usr/local'
	@echo 'make check    format, clang-tidy, thread-safety, sanitizers, a short fuzz run, every test'
	@echo 'make bench    how fast, against whom'
	@echo 'make format   lays out the sources as make check wants them'
	@echo 'make clean    removes the build folders; what was fetched stays in the cache'

# Weights that can't be had now are no reason to have no program: it says how to fetch them.
build:
	@tools/setup build
	@$(call configure,release)
	@cmake --build --preset release --target duologue
	@$(weights) || echo 'make: built, but without weights so far' >&2

demo: build
	@$(weights) >/dev/null
	@build/duologue talk

test:
	@tools/setup test
	@$(call configure,release)
	@cmake --build --preset release
	@$(weights)
	@tools/run-tests

bench:
	@tools/setup bench
	@$(call configure,release)
	@cmake --build --preset release --target duologue
	@$(weights)
	@peers=$$(tools/build-llama --peers) && $(call configure,bench) && cmake --build --preset bench && \
	  DUOLOGUE_PEERS="$$peers" bench/run

check:
	@tools/setup check
	@tools/check-format
	@$(call configure,clang)
	@cmake --build --preset clang
	@$(call configure,tidy)
	@tools/check-tidy
	@tools/run-fuzz --smoke
	@$(call configure,release)
	@cmake --build --preset release
	@$(weights)
	@tools/run-tests

format:
	@tools/check-format --fix

install: build
	@cmake --install build --prefix "$(patsubst ~/%,$(HOME)/%,$(PREFIX))"

clean:
	rm -rf build build-asan build-tsan build-clang build-tidy build-bench build-fuzz

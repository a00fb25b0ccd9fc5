# SPDX-License-Identifier: GPL-2.0-only
# stdpkt - `make help` says what there is
VERSION := 0.1
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
CC      ?= gcc
CFLAGS  ?= -O2 -g
V       ?=
Q       := $(if $(V),,@)

WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes $(if $(CI),-Werror)
FLAGS := -std=gnu11 -fno-pie -D_GNU_SOURCE= -DSTDPKT_VERSION='"$(VERSION)"' -I. -Ilib/include $(WARN) $(SANITIZE)
# fixed addresses, so that a booted guest can be written out and mapped again, above the guest's memory, so that the heap, which begins
# at random up to 1 GiB behind the program, is never in its way; static, because it starts in half the time
LINK  := -no-pie -z noexecstack -Wl,-Ttext-segment=0x78000000 $(if $(SANITIZE),$(SANITIZE),-static)
# what unpacks compressed captures
LIBS  := -lz -lzstd -llz4 -lxxhash

LIB_SRC := $(wildcard stdpkt/*.c lib/*.c lib/attach/*.c lib/host/posix/*.c lib/netdev/*.c lib/virtio/*.c)
CMD_SRC := $(wildcard cmd/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(B)/obj/%.o)
UNITS   := $(patsubst test/unit/%.c,$(B)/unit/%,$(wildcard test/unit/*_test.c))
GUEST   := build/guest.o
SCRIPTS := $(wildcard cmd/*.sh chains/*.sh)

.PHONY: all units demo test soak corpus conformance bench fuzz order lint install clean distclean help setup setup-test setup-bench setup-fuzz setup-conformance
all: $(B)/stdpkt

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16
	@echo 'variables: CC CFLAGS PREFIX DESTDIR V=1 B=folder SANITIZE=-fsanitize=...'

demo: setup ## install what is missing, build, run ping.sh | nat.sh | pfilter.sh | host.sh
	@$(MAKE) --no-print-directory all
	$(Q)sh test/demo.sh $(B)

test: setup-test ## install what is missing, build, run all tests
	@$(MAKE) --no-print-directory all
	$(Q)B=$(B) sh test/run.sh

conformance: setup-conformance all ## the tools' own test suites against the guest: a table; SUITE=name runs one
	$(Q)B=$(B) sh test/conformance/run.sh $(SUITE)

bench: setup-bench all ## measure: one line a figure, and plots; BENCH=name runs one
	$(Q)B=$(B) sh test/bench/run.sh $(BENCH)

SOAK_TIME ?= 60
soak: setup-test all $(B)/unit/link_test ## chains of 2 to 16 saturated both ways, stopped, killed, on full disks: SOAK_TIME=60 seconds each; SOAK_SEED, SOAK_CHAIN
	$(Q)B=$(B) SOAK_TIME=$(SOAK_TIME) python3 test/soak/soak.py

corpus: setup-test all ## every frame of all captures through nat.sh and pfilter.sh: what became of it; CORPUS=folder
	$(Q)B=$(B) CORPUS=$(CORPUS) python3 test/corpus/corpus.py

FUZZ_TIME ?= 60
FUZZER ?= libfuzzer
FUZZ_SRC := $(wildcard stdpkt/*.c) lib/netdev/ring.c lib/netdev/pools.c lib/virtio/queue.c $(addprefix lib/attach/,sockopt.c msg.c ioctl.c mem.c)
fuzz: $(patsubst test/fuzz/fuzz_%.c,$(B)/fuzz/$(FUZZER)/%,$(wildcard test/fuzz/fuzz_*.c)) ## all parsers, FUZZ_TIME=60 seconds each; FUZZER=libfuzzer or afl; FUZZ=name for one
	$(Q)sh test/fuzz/run.sh $(FUZZER) $(FUZZ_TIME) $(if $(FUZZ),$(filter %/$(FUZZ),$^),$^)

# one file of the sources, one target: what a target does not use the linker leaves out
$(B)/fuzz/libfuzzer/%: FUZZ_CC := clang
$(B)/fuzz/afl/%: FUZZ_CC := afl-clang-fast
define fuzz_rule
$(B)/fuzz/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)AFL_QUIET=1 $$(FUZZ_CC) -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE= -I. -Ilib/include -MMD -MP -c -o $$@ $$<
$(B)/fuzz/$(1)/libfuzzed.a: $(FUZZ_SRC:%.c=$(B)/fuzz/$(1)/%.o) $(B)/obj/pcap.o
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
$(B)/fuzz/$(1)/%: test/fuzz/fuzz_%.c test/fuzz/fuzz.h $(B)/fuzz/$(1)/libfuzzed.a
	$$(Q)AFL_QUIET=1 $$(FUZZ_CC) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE= -I. -Ilib/include -o $$@ $$(filter %.c %.a,$$^) $(LIBS)
endef
$(eval $(call fuzz_rule,libfuzzer))
$(eval $(call fuzz_rule,afl))

lint: ## clang-format, clang-tidy, cppcheck, shellcheck
	$(Q)sh test/lint.sh

setup: ; $(Q)sh .ci/setup build
setup-fuzz: ; $(Q)sh .ci/setup build fuzz
setup-test: ; $(Q)sh .ci/setup build test
setup-bench: ; $(Q)sh .ci/setup build test bench
setup-conformance: ; $(Q)sh .ci/setup build test conformance

# The guest is one opaque target: Debian's kernel source, our overlay. See lib/kernel/build.sh.
$(GUEST): $(shell find lib/kernel -type f) lib/include/lk/host.h
	$(Q)sh lib/kernel/build.sh $(@D)

order: all $(B)/order ## anew in which order functions lie in the guest (lib/kernel/order.lds): minutes
	$(Q)sh lib/kernel/order.sh $(B)

$(B)/order: lib/kernel/order.c
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -no-pie -o $@ $<

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC      $<')
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# the part of libpcap that compiles filter expressions
$(B)/obj/pcap.o: stdpkt/filter.sh
	@mkdir -p $(@D)
	$(Q)CC=$(CC) sh $< $@

$(B)/libstdpkt.a: $(LIB_OBJ) $(B)/obj/pcap.o
	$(Q)rm -f $@ && ar rcs $@ $^

# The program boots once, and is written out with the booted guest in it: that is where its elements begin.
$(B)/stdpkt: $(B)/stdpkt.cold
	$(if $(Q),@echo '  FREEZE  $@')
	$(Q)ASAN_OPTIONS=detect_leaks=0 $< freeze --base -o $@

$(B)/stdpkt.cold: $(CMD_OBJ) $(B)/libstdpkt.a $(GUEST)
	$(if $(Q),@echo '  LINK    $@')
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $(filter %.c %.o %.a,$^) $(LIBS)

$(B)/unit/%: test/unit/%.c $(B)/libstdpkt.a $(GUEST)
	@mkdir -p $(@D)
	$(if $(Q),@echo '  LINK    $@')
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LINK) -o $@ $< $(filter %.o %.a,$^) $(LIBS)

$(B)/unit/attach_test: $(B)/obj/test/unit/attach_roles.o

units: $(UNITS)

# this benchmark drives an element from inside: the commands' objects without main(); the others are small programs by themselves
$(B)/bench/forward: test/bench/forward.c $(filter-out $(B)/obj/cmd/stdpkt.o,$(CMD_OBJ)) $(B)/libstdpkt.a $(GUEST)
$(B)/bench/boot: test/bench/boot.c
$(B)/bench/until: test/bench/until.c
$(B)/bench/blast: test/bench/blast.c
$(B)/bench/tcp: test/bench/tcp.c
$(B)/bench/ends: test/bench/ends.c $(B)/libstdpkt.a $(GUEST)
$(B)/bench/codec: test/bench/codec.c $(B)/libstdpkt.a
$(B)/bench/attach: test/bench/attach.c
$(B)/bench/notify: test/bench/notify.c
$(B)/bench/%:
	@mkdir -p $(@D)
	$(if $(Q),@echo '  LINK    $@')
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LINK) -o $@ $< $(filter %.o %.a,$^) $(LIBS)

install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(B)/stdpkt $(SCRIPTS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 doc/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 doc/man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 644 cmd/stdpkt.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/stdpkt

clean: ## what was built, but not the guest (minutes)
	rm -rf $(B)/obj $(B)/unit $(B)/fuzz $(B)/asan $(B)/libstdpkt.a $(B)/stdpkt $(B)/stdpkt.cold

distclean: ## everything that was built
	rm -rf build $(B)

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNITS:=.d) $(B)/obj/test/unit/attach_roles.d $(wildcard $(B)/bench/*.d)

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
LIBS  := -lz -lzstd -llz4

LIB_SRC := $(wildcard stdpkt/*.c lib/*.c lib/attach/*.c lib/host/posix/*.c lib/netdev/*.c lib/virtio/*.c)
CMD_SRC := $(wildcard cmd/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(B)/obj/%.o)
UNITS   := $(patsubst test/unit/%.c,$(B)/unit/%,$(wildcard test/unit/*_test.c))
GUEST   := build/guest.o
SCRIPTS := $(wildcard cmd/*.sh chains/*.sh)

.PHONY: all units demo test conformance bench fuzz lint install clean distclean help setup setup-test setup-conformance
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

bench: all ## measure: one line a figure; BENCH=name runs one
	$(Q)B=$(B) sh test/bench/run.sh $(BENCH)

FUZZ_TIME ?= 60
fuzz: $(patsubst test/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard test/fuzz/fuzz_*.c)) ## libFuzzer (clang) on the readers, the text editor and the rings, FUZZ_TIME seconds each
	$(Q)for f in $^; do mkdir -p $$f.corpus && (cd $(B)/fuzz && ../../$$f -max_total_time=$(FUZZ_TIME) -max_len=65536 -verbosity=0 \
		-print_final_stats=1 $$(basename $$f).corpus ../../test/captures) || exit 1; done

$(B)/fuzz/%: test/fuzz/fuzz_%.c $(wildcard stdpkt/*.c stdpkt/*.h) lib/netdev/ring.c lib/netdev/ring.h $(B)/obj/pcap.o
	@mkdir -p $(@D)
	$(Q)clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE= -I. -Ilib/include -o $@ $(filter %.c %.o,$^) $(LIBS)

lint: ## clang-format, clang-tidy, cppcheck, shellcheck
	$(Q)sh test/lint.sh

setup: ; $(Q)sh .ci/setup build
setup-test: ; $(Q)sh .ci/setup build test
setup-conformance: ; $(Q)sh .ci/setup build test conformance

# The guest is one opaque target: Debian's kernel source, our overlay. See lib/kernel/build.sh.
$(GUEST): $(shell find lib/kernel -type f) lib/include/lk/host.h
	$(Q)sh lib/kernel/build.sh $(@D)

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

units: $(UNITS)

# this benchmark drives an element from inside: the commands' objects without main(); the others are small programs by themselves
$(B)/bench/forward: test/bench/forward.c $(filter-out $(B)/obj/cmd/stdpkt.o,$(CMD_OBJ)) $(B)/libstdpkt.a $(GUEST)
$(B)/bench/boot: test/bench/boot.c
$(B)/bench/blast: test/bench/blast.c
$(B)/bench/tcp: test/bench/tcp.c
$(B)/bench/ends: test/bench/ends.c $(B)/libstdpkt.a $(GUEST)
$(B)/bench/codec: test/bench/codec.c $(B)/libstdpkt.a
$(B)/bench/attach: test/bench/attach.c
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

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNITS:=.d)

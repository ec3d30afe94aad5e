# Builds and installs the library, its tools and its manual, the way distributions do.
#
#   make                      builds everything, in target/dist/
#   make check                tries it out
#   make install              installs it, under PREFIX and inside DESTDIR
#   make uninstall            removes what `make install` has installed
#   make install-debug        installs the debug symbols, beside the library, where debuggers look for them
#
# Folders: PREFIX, EXEC_PREFIX, BINDIR, LIBDIR, INCLUDEDIR, DATADIR, MANDIR, DOCDIR.
# Tools: CARGO, CC, AR, OBJCOPY, STRIP, PKG_CONFIG; `STRIP=:` leaves the debug symbols in what is installed.
# Flags: CARGOFLAGS, RUSTFLAGS, CFLAGS, CPPFLAGS, LDFLAGS, and TARGET for another Rust target.
# Parts: `TOOLS=no` leaves out spdyd and spdycat, which need libevent, OpenSSL, libxml2 and jansson; `MANUAL=no` leaves out
# the manual pages and the HTML, which need Doxygen, Python 3 and help2man.
#
# It needs GNU make, Rust and a C compiler, and is made for ELF systems; elsewhere use cargo-c. `packaging/tarballs` makes
# archives with which it needs no network.

PREFIX = /usr/local
EXEC_PREFIX = $(PREFIX)
BINDIR = $(EXEC_PREFIX)/bin
LIBDIR = $(EXEC_PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
DATADIR = $(PREFIX)/share
MANDIR = $(DATADIR)/man
DOCDIR = $(DATADIR)/doc/libspdylay

CARGO = cargo
CARGOFLAGS = --locked $(if $(wildcard vendor/config.toml),--offline --config vendor/config.toml)
OBJCOPY = objcopy
STRIP = strip
INSTALL = install
CFLAGS = -O2 -g
TOOLS = yes
MANUAL = yes

BUILD = target/dist

VERSION := $(shell sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
SONAME := libspdylay.so.7
SHARED := $(SONAME).3.0
PROGRAMS := $(if $(filter-out no,$(TOOLS)),spdyd spdycat)

all: library tools $(if $(filter-out no,$(MANUAL)),manual)
library: $(BUILD)/libspdylay.so $(BUILD)/$(SHARED).debug $(BUILD)/libspdylay.a $(BUILD)/libspdylay.pc
tools: $(PROGRAMS:%=$(BUILD)/%)

# --- The library ------------------------------------------------------------------------------------------------------

# Paths of the machine it is built on become these, so that they change nothing.
SOURCE_PATH := /usr/src/spdylay-$(VERSION)
CARGO_HOME ?= $(HOME)/.cargo
override RUSTFLAGS += --remap-path-prefix=$(CARGO_HOME)/registry/src=/usr/src/cargo \
  --remap-path-prefix=$(CURDIR)=$(SOURCE_PATH)
RUST_LIBRARY := $(BUILD)/cargo/$(TARGET:%=%/)release/libspdylay.a

# Cargo is not asked what is out of date, for `sudo make install` may find none.
$(RUST_LIBRARY): Cargo.toml Cargo.lock build.rs $(shell find src -name '*.rs')
	@mkdir -p $(@D)
	RUSTFLAGS='$(RUSTFLAGS)' CARGO_PROFILE_RELEASE_DEBUG=full $(CARGO) rustc --release --lib --crate-type staticlib \
	  $(CARGOFLAGS) $(TARGET:%=--target %) --target-dir $(BUILD)/cargo -- --print native-static-libs=$(abspath $@).needs
	@touch $@

# The part of the Rust archive that the public functions use, as one object in which no other symbol is visible. So the
# static library cannot clash with another one written in Rust, and the shared one can be given symbol versions: rustc
# links shared libraries with a version script of its own, and GNU ld takes one only.
$(BUILD)/libspdylay.o: $(RUST_LIBRARY) abi/symbols.txt
	$(CC) -r -nostdlib -Wl,--gc-sections $(shell sed 's/^/-Wl,--undefined=/' abi/symbols.txt) -o $@ $<
	$(OBJCOPY) --keep-global-symbols=abi/symbols.txt $@

$(BUILD)/libspdylay.a: $(BUILD)/libspdylay.o
	rm -f $@
	$(AR) rcsD $@ $<

HARDENING := -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs
$(BUILD)/$(SHARED): $(BUILD)/libspdylay.o abi/libspdylay.map
	$(CC) -shared $(CFLAGS) $(HARDENING) -Wl,-soname,$(SONAME),--version-script=abi/libspdylay.map \
	  -Wl,-O1,--gc-sections,--as-needed,--build-id=sha1 $(LDFLAGS) -o $@ $< `cat $(RUST_LIBRARY).needs`

$(BUILD)/$(SHARED).debug: $(BUILD)/$(SHARED)
	$(OBJCOPY) --only-keep-debug $< $@

$(BUILD)/$(SONAME) $(BUILD)/libspdylay.so: $(BUILD)/$(SHARED)
	ln -sf $(SHARED) $@

# What the compiler links anyway, and what a static program must not name, is left out.
$(BUILD)/libspdylay.pc: packaging/libspdylay.pc.in $(RUST_LIBRARY) FORCE
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@EXEC_PREFIX@|$(call under,$(EXEC_PREFIX),$(PREFIX),prefix)|' \
	  -e 's|@LIBDIR@|$(call under,$(LIBDIR),$(EXEC_PREFIX),exec_prefix)|' \
	  -e 's|@INCLUDEDIR@|$(call under,$(INCLUDEDIR),$(PREFIX),prefix)|' -e 's|@VERSION@|$(VERSION)|' \
	  -e "s|@LIBS_PRIVATE@|$$(sed 's/-lgcc_s *//; s/ *-lc$$//' $(RUST_LIBRARY).needs)|" $< >$@
# $(call under,FOLDER,PARENT,NAME): FOLDER, spelt with the variable NAME of the pkg-config file if it is in PARENT.
under = $(patsubst $(2)%,$${$(3)}%,$(1))

# --- The tools --------------------------------------------------------------------------------------------------------

$(BUILD)/spdyd $(BUILD)/spdycat: tools-with-make
tools-with-make: $(BUILD)/libspdylay.so $(BUILD)/$(SONAME)
	$(MAKE) -C examples-c BUILD=$(abspath $(BUILD)) LIBDIR=$(abspath $(BUILD)) INCLUDEDIR=../include \
	  RPATH= WERROR= LDFLAGS='$(LDFLAGS) -Wl,-z,relro,-z,now' \
	  CFLAGS='$(CFLAGS) -ffile-prefix-map=$(CURDIR)=$(SOURCE_PATH)' $(PROGRAMS)

# --- The manual -------------------------------------------------------------------------------------------------------

manual: $(BUILD)/manual $(PROGRAMS:%=$(BUILD)/%.1)

MANUAL_SOURCES := include/spdylay/spdylay.h $(wildcard DIFFERENCES.md doc/*.md) doc/Doxyfile doc/manpages
$(BUILD)/manual: $(MANUAL_SOURCES)
	rm -rf $@ && mkdir -p $@
	{ cat doc/Doxyfile; echo 'INPUT += $(wildcard DIFFERENCES.md)'; echo 'PROJECT_NUMBER = $(VERSION)'; \
	  echo 'OUTPUT_DIRECTORY = $@'; } | doxygen -
	doc/manpages $@/xml $@/man $(VERSION)
	@touch $@

# What the programs say of themselves with --help is their manual. The date it was made on is nobody's concern.
$(BUILD)/%.1: $(BUILD)/% doc/%.h2m
	LD_LIBRARY_PATH=$(BUILD) help2man --no-info --version-string=$(VERSION) --include=doc/$*.h2m $< | \
	  sed 's/^\(\.TH [^ ]* "1"\) "[^"]*"/\1 ""/' >$@

# --- Trying out what was built ----------------------------------------------------------------------------------------

check: all
	$(CC) -Iinclude -o $(BUILD)/check-shared tests/abi/abi.c $(BUILD)/$(SHARED)
	LD_LIBRARY_PATH=$(BUILD) LD_BIND_NOW=1 $(BUILD)/check-shared
	$(CC) -Iinclude -o $(BUILD)/check-static tests/abi/abi.c $(BUILD)/libspdylay.a `cat $(RUST_LIBRARY).needs`
	$(BUILD)/check-static
	for program in $(PROGRAMS:%=$(BUILD)/%); do LD_LIBRARY_PATH=$(BUILD) $$program --help >/dev/null || exit; done

# --- Installing -------------------------------------------------------------------------------------------------------

D = $(DESTDIR)

install: all
	$(INSTALL) -d $(D)$(LIBDIR)/pkgconfig $(D)$(INCLUDEDIR)/spdylay
	$(INSTALL) -m 644 include/spdylay/spdylay.h include/spdylay/spdylayver.h $(D)$(INCLUDEDIR)/spdylay
	$(INSTALL) -m 644 $(BUILD)/libspdylay.pc $(D)$(LIBDIR)/pkgconfig
	$(INSTALL) -m 644 $(BUILD)/libspdylay.a $(D)$(LIBDIR)
	$(INSTALL) -m 755 $(BUILD)/$(SHARED) $(D)$(LIBDIR)
	$(STRIP) --strip-debug --enable-deterministic-archives $(D)$(LIBDIR)/libspdylay.a
	$(STRIP) --strip-unneeded $(D)$(LIBDIR)/$(SHARED)
ifneq ($(STRIP),:)
	$(OBJCOPY) --add-gnu-debuglink=$(BUILD)/$(SHARED).debug $(D)$(LIBDIR)/$(SHARED)
endif
	ln -sf $(SHARED) $(D)$(LIBDIR)/$(SONAME)
	ln -sf $(SHARED) $(D)$(LIBDIR)/libspdylay.so
ifneq ($(PROGRAMS),)
	$(INSTALL) -d $(D)$(BINDIR)
	$(INSTALL) -m 755 $(PROGRAMS:%=$(BUILD)/%) $(D)$(BINDIR)
	$(STRIP) $(PROGRAMS:%=$(D)$(BINDIR)/%)
endif
ifneq ($(MANUAL),no)
	$(INSTALL) -d $(D)$(MANDIR)/man1 $(D)$(MANDIR)/man3 $(D)$(MANDIR)/man7 $(D)$(DOCDIR)/html/search
	$(INSTALL) -m 644 $(BUILD)/manual/man/man3/* $(D)$(MANDIR)/man3
	$(INSTALL) -m 644 $(BUILD)/manual/man/man7/* $(D)$(MANDIR)/man7
	$(INSTALL) -m 644 $(BUILD)/manual/html/*.* $(D)$(DOCDIR)/html
	$(INSTALL) -m 644 $(BUILD)/manual/html/search/* $(D)$(DOCDIR)/html/search
ifneq ($(PROGRAMS),)
	$(INSTALL) -m 644 $(PROGRAMS:%=$(BUILD)/%.1) $(D)$(MANDIR)/man1
endif
endif

install-debug: $(BUILD)/$(SHARED).debug
	$(INSTALL) -d $(D)$(LIBDIR)/.debug
	$(INSTALL) -m 644 $< $(D)$(LIBDIR)/.debug

uninstall:
	rm -f $(PROGRAMS:%=$(D)$(BINDIR)/%)
	rm -f $(D)$(LIBDIR)/libspdylay.so $(D)$(LIBDIR)/$(SONAME) $(D)$(LIBDIR)/$(SHARED) $(D)$(LIBDIR)/libspdylay.a
	rm -f $(D)$(LIBDIR)/pkgconfig/libspdylay.pc
	rm -f $(D)$(INCLUDEDIR)/spdylay/spdylay.h $(D)$(INCLUDEDIR)/spdylay/spdylayver.h
	rm -f $(D)$(LIBDIR)/.debug/$(SHARED).debug
	rm -f $(PROGRAMS:%=$(D)$(MANDIR)/man1/%.1) $(D)$(MANDIR)/man3/spdylay*.3 $(D)$(MANDIR)/man7/spdylay*.7
	rm -rf $(D)$(DOCDIR)/html
	for folder in $(D)$(INCLUDEDIR)/spdylay $(D)$(LIBDIR)/.debug $(D)$(DOCDIR); do \
	  [ ! -d $$folder ] || rmdir --ignore-fail-on-non-empty $$folder; done

clean:
	rm -rf $(BUILD)

.PHONY: all library tools tools-with-make manual check install install-debug uninstall clean FORCE
.DELETE_ON_ERROR:

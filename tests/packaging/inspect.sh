# shellcheck shell=bash
# Looks at libraries and programs that were built for distribution. Sourced by bash scripts, after tests/setup.sh.

# What the largest library for distribution may weigh, stripped, in bytes.
largest_library=620000

has_soname() {
  readelf --dynamic "$1" | grep -q 'Library soname: \[libspdylay.so.7\]' || die "$1 has another SONAME"
}

needs_library() {
  readelf --dynamic "$1" | grep -q 'NEEDED.*\[libspdylay.so.7\]'
}

# is_hardened FILE...: all relocations are read-only after the start, no page is writable and executable, code needs no
# relocation, and the loader looks in no folder of its own.
is_hardened() {
  local file headers dynamic
  for file in "$@"; do
    headers=$(readelf --program-headers --wide "$file")
    dynamic=$(readelf --dynamic --wide "$file")
    grep -q 'GNU_RELRO' <<<"$headers" || die "$file is not RELRO"
    grep -qE 'FLAGS_1.*NOW' <<<"$dynamic" || die "$file is RELRO in part only"
    grep -qE 'GNU_STACK.* RW ' <<<"$headers" || die "$file has an executable stack"
    ! grep -qE 'LOAD.* RWE ' <<<"$headers" || die "$file has pages that are writable and executable"
    ! grep -qE 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" || die "$file has relocations in its code, or a search path"
    readelf --file-header "$file" | grep -qE 'Type: +DYN' || die "$file is not position-independent"
  done
}

# names_no_paths FOLDER PATH...: no file in the folder holds one of the paths.
names_no_paths() {
  local path
  for path in "${@:2}"; do
    ! grep -rlaF -- "$path" "$1" || die "there $path is named"
  done
}

# has_separate_debug_symbols LIBRARY DEBUG-FILE
has_separate_debug_symbols() {
  local id
  ! readelf --sections --wide "$1" | grep -q '\.debug_info' || die "$1 has debug symbols inside"
  readelf --sections --wide "$2" | grep -q '\.debug_info' || die "$2 has no debug symbols"
  id=$(readelf --notes "$1" | sed -n 's/.*Build ID: //p')
  readelf --notes "$2" | grep -q "Build ID: ${id:?}" || die "$2 does not belong to $1"
  readelf --string-dump=.gnu_debuglink "$1" | grep -qF "$(basename "$2")" || die "$1 does not name $2"
}

is_small() {
  local size
  size=$(stat --format=%s "$1")
  echo "$(basename "$1"): $size bytes"
  [ "$size" -le "$largest_library" ] || die "that is more than $largest_library"
}

# exports LIBRARY: the names of the functions it exports, without their versions.
exports() {
  nm --dynamic --defined-only --format=posix "$1" | sed -n 's/@.* T / T /; s/ T .*//p' | LC_ALL=C sort
}

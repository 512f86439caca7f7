#!/usr/bin/env bash
# Fails when clang-format 14 would change a source: check_format.sh ROOT. Exit 77, a skip, where it is not installed.
set -euo pipefail
cd "$1"
formatter=''
for candidate in clang-format-14 clang-format; do
  [[ $("$candidate" --version 2>/dev/null) == *'version 14.'* ]] && { formatter=$candidate; break; }
done
if [[ -z $formatter ]]; then
  echo "skipped: no clang-format 14 (Debian: apt-get install clang-format-14)"
  exit 77
fi
# Tracked files where this is a repository, every source elsewhere.
sources() {
  git -c safe.directory="$PWD" ls-files -z -- '*.h' '*.cpp' '*.cu' '*.cuh' 2>/dev/null ||
    find kernels core automata tasks analysis experiments tests benchmarks examples \
      \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0
}
existing() { while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done; }
# A batch prints all at once: lines of two processes must not mix.
batch='output=$("$0" --dry-run "$@" 2>&1); printf "%s\n" "$output"'
changed=$(sources | existing | xargs -0 -r -n 16 -P "$(nproc)" bash -c "$batch" "$formatter" |
  sed -n 's/^\([^: ]*:[0-9]*\):[0-9]*: warning: code should be clang-formatted.*/\1/p' | sort -t: -k1,1 -u)
if [[ -n $changed ]]; then
  printf '%s\n' "$changed" | sed "s/$/: first line that $formatter would change/"
  exit 1
fi
echo "format: $(sources | existing | tr -cd '\0' | wc -c) files as $formatter would write them"

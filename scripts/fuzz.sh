#!/usr/bin/env bash
# Fuzzes the parsers with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer, then keeps the inputs that reach
# something new: tests/fuzz/corpus/<name>, at most 20 KB each, long inputs first, as they hold more than short ones. Builds in
# build/fuzz with clang 14 or newer.
set -euo pipefail
root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"

usage() {
  cat >&2 <<'USAGE'
usage: scripts/fuzz.sh [NAME...] [--seconds N] [--jobs N] [--keep-corpus]
  NAME           abbadingo, att, csv, dfa_json, dot, ids, regex; all where none is given
  --seconds      time for each, 600
  --jobs         fuzzers at once, 1
  --keep-corpus  leave tests/fuzz/corpus as it is
example: scripts/fuzz.sh dot att --seconds 60
Exit 1 where one finds something: the input lies in build/fuzz/findings, the log in build/fuzz/logs.
USAGE
}

seconds=600 jobs=1 keep=no names=()
while (($#)); do
  case $1 in
    --seconds) seconds=${2:?--seconds wants a number}; shift ;;
    --jobs) jobs=${2:?--jobs wants a number}; shift ;;
    --keep-corpus) keep=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) usage; exit 2 ;;
    *) names+=("$1") ;;
  esac
  shift
done
[[ $seconds =~ ^[1-9][0-9]*$ && $jobs =~ ^[1-9][0-9]*$ ]] || { usage; exit 2; }

mapfile -t known < <(cd tests/fuzz && printf '%s\n' fuzz_*.cpp | sed 's/^fuzz_//; s/\.cpp$//')
((${#names[@]})) || names=("${known[@]}")
for name in "${names[@]}"; do
  [[ " ${known[*]} " == *" $name "* ]] || { echo "fuzz.sh: no fuzzer \"$name\"; known: ${known[*]}" >&2; exit 2; }
done

compiler=''
for candidate in clang++ clang++-{20,19,18,17,16,15,14}; do
  command -v "$candidate" >/dev/null && { compiler=$candidate; break; }
done
[[ -n $compiler ]] || { echo 'fuzz.sh: no clang (Debian: apt-get install clang libclang-rt-dev)' >&2; exit 2; }

build=$root/build/fuzz
flags='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1'
mkdir -p "$build/logs" "$build/findings"
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS="$flags" \
  -DANSER_FUZZ=ON -DANSER_TORCH=OFF -DANSER_CUDA=OFF -DANSER_BENCHMARKS=OFF >"$build/logs/configure.log" 2>&1 ||
  { echo "fuzz.sh: cmake failed, see $build/logs/configure.log" >&2; exit 2; }
ninja -C "$build" "${names[@]/#/fuzz_}" >"$build/logs/build.log" 2>&1 ||
  { echo "fuzz.sh: the build failed, see $build/logs/build.log" >&2; exit 2; }

# What is found collects in build/fuzz/corpus between runs; the kept corpus is a second source.
fuzz() {
  local name=$1 dictionary=()
  mkdir -p "$build/corpus/$name"
  [[ -f tests/fuzz/$name.dict ]] && dictionary=("-dict=tests/fuzz/$name.dict")
  "$build/bin/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=4096 -print_final_stats=1 \
    "${dictionary[@]}" -artifact_prefix="$build/findings/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" \
    >"$build/logs/$name.log" 2>&1
}

# The fewest inputs that reach all that is reached; seeds written by hand (not named by a hash) stay.
keep_corpus() {
  local name=$1 kept=tests/fuzz/corpus/$1 fresh=$build/merged/$1 total=0 size file
  rm -rf "$fresh"
  mkdir -p "$fresh"
  "$build/bin/fuzz_$name" -merge=1 -rss_limit_mb=3000 "$fresh" "$kept" "$build/corpus/$name" >"$build/logs/$name.merge.log" 2>&1 || return
  find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  while read -r size file; do
    ((total += size)) || true
    ((total <= 20000)) || break
    cp "$fresh/$file" "$kept/$file"
  done < <(find "$fresh" -type f -size -513c -printf '%s %f\n' | sort -k1,1nr -k2,2)
}

status=0 pids=() running=()
finish() {  # waits for the oldest
  local name=${running[0]} runs
  if wait "${pids[0]}"; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/logs/$name.log")
    echo "$name: ${runs:-?} inputs in $seconds s, no finding"
    [[ $keep == yes ]] || keep_corpus "$name"
  else
    echo "$name: FINDING, see $build/logs/$name.log and $build/findings" >&2
    status=1
  fi
  pids=("${pids[@]:1}") running=("${running[@]:1}")
}
for name in "${names[@]}"; do
  ((${#pids[@]} < jobs)) || finish
  fuzz "$name" &
  pids+=($!) running+=("$name")
done
while ((${#pids[@]})); do finish; done
exit "$status"

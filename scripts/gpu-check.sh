#!/usr/bin/env bash
# Runs the bundle's tests and benchmarks against this machine's own torch 2.11 (found through python3, not imported).
#   gpu-check.sh [--all] [--tests-only] [RESULTS]      RESULTS: folder for logs and benchmark files (default ./gpu-check-results)
# Without --all only tests tagged [cuda] and benchmarks with cuda in their name. Last line: N passed, N failed, N skipped.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tags='[cuda]' filter='[Cc][Uu][Dd][Aa]' benchmarks=yes results=$PWD/gpu-check-results
for argument in "$@"; do
  case $argument in
    --all) tags='' filter=. ;;
    --tests-only) benchmarks='' ;;
    -*) sed -n '2,4s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    *) results=$(realpath -m "$argument") ;;
  esac
done

torch=${ANSER_TORCH_DIR:-$(python3 -c 'import importlib.util as u
spec = u.find_spec("torch")
print(spec.submodule_search_locations[0] if spec else "")' 2>/dev/null || true)}
[[ -e $torch/lib/libtorch_cpu.so ]] || { echo "gpu-check: python3 here has no torch, wanted 2.11 (or set ANSER_TORCH_DIR)" >&2; exit 2; }
version=$(sed -n "s/^__version__ = '\([^']*\)'.*/\1/p" "$torch/version.py" 2>/dev/null || true)
[[ $version == 2.11.* ]] || echo "gpu-check: torch ${version:-of unknown version} at $torch; the bundle was built with 2.11" >&2

LD_LIBRARY_PATH=$here/lib:$torch/lib$(printf ':%s' "$torch"/../nvidia/*/lib)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH ANSER_REFERENCE_DIR=$here/reference ANSER_HOME=$here
mkdir -p "$results"
cd "$here"
echo "commit $(cat commit), torch $version, $(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || echo 'no GPU seen')" |
  tee "$results/machine.txt"

passed=0 failed=0 skipped=0
for program in bin/test_*; do
  name=$(basename "$program")
  # Catch2 v2 answers a listing with the number of tests found, v3 with 0.
  if [[ -z $("$program" --list-test-names-only ${tags:+"$tags"} 2>/dev/null || true) ]]; then
    skipped=$((skipped + 1))
  elif "$program" ${tags:+"$tags"} >"$results/$name.log" 2>&1; then
    passed=$((passed + 1))
    echo "passed  $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    tail -n 40 "$results/$name.log"
  fi
done
if [[ -n $benchmarks ]]; then
  for program in bin/*; do
    [[ $program != bin/anser && $program != bin/test_* ]] || continue
    "$program" --benchmark_filter="$filter" --benchmark_out="$results/$(basename "$program").json" --benchmark_out_format=json ||
      { failed=$((failed + 1)); echo "FAILED  $program"; }
  done
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))

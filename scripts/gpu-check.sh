#!/usr/bin/env bash
# Runs the bundle's CUDA tests, sanitizers and benchmarks on this machine and writes RESULTS/report.md.
#   gpu-check.sh [--stage NAME] [--rivals DIR] [RESULTS]      RESULTS: folder for logs, state and report (default ./gpu-check-results)
# Stages: machine tests memcheck racecheck benchmarks rivals; each ends within eight minutes. The same command goes on where the last
# one stopped; --stage runs one stage anew. DIR: rivals' CUDA sources, to build with this machine's nvcc and time.
# Exit status: 0 nothing failed, 1 a stage failed, 2 a wrong call, 3 nothing failed but a stage ran out of time.
set -euo pipefail
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all_stages=(machine tests memcheck racecheck benchmarks rivals)
stage_seconds=480
nothing_to_run='no CUDA device|no torch'
only='' rivals='' results=$PWD/gpu-check-results

usage() { [[ -z ${1:-} ]] || echo "gpu-check: $1" >&2; sed -n '2,6s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
while (($#)); do
  case $1 in
    --stage) only=${2:-}; shift 2 || usage "--stage wants a name"; [[ " ${all_stages[*]} " == *" $only "* ]] || usage "no stage $only" ;;
    --rivals) rivals=$(realpath -e "${2:-}" 2>/dev/null) || usage "--rivals ${2:-}: no such folder"; shift 2 ;;
    -*) usage ;;
    *) results=$(realpath -m "$1"); shift ;;
  esac
done
command -v python3 >/dev/null || usage "python3 is missing; the report wants it"
mkdir -p "$results"

# --- units: a stage is a list of names, each run once ---

# $results/STAGE/units.tsv: STATE <tab> NAME <tab> SECONDS. STATE: passed, failed, or open (there was no device, or no torch).
has_ended() { [[ -e $results/$1/units.tsv ]] && awk -F '\t' -v name="$2" '$1 != "open" && $2 == name {found = 1} END {exit !found}' "$results/$1/units.tsv"; }

record() {  # record STAGE STATE NAME SECONDS: in place of what stood there
  local file=$results/$1/units.tsv
  touch "$file"
  { awk -F '\t' -v name="$3" '$2 != name' "$file"; printf '%s\t%s\t%s\n' "$2" "$3" "$4"; } >"$file.new"
  mv "$file.new" "$file"
}

state_of() {  # state_of STATUS LOG
  if (($1 != 0)); then echo failed
  elif grep -qE "$nothing_to_run" "$2"; then echo open
  else echo passed; fi
}

# run_units STAGE RUN NAME...: `RUN NAME` for each that has not ended; what the end of the stage cuts off is left for the next time,
# unless it had the whole stage to itself.
run_units() {
  local stage=$1 run=$2 name log status began left count=0
  shift 2
  for name; do
    count=$((count + 1))
    ! has_ended "$stage" "$name" || continue
    left=$((deadline - SECONDS))
    ((left > 5)) || { out_of_time=yes; return 0; }
    printf '[%s %d/%d, %d:%02d left] %s\n' "$stage" "$count" $# $((left / 60)) $((left % 60)) "$name"
    log=$results/$stage/$(printf '%03d-%s' "$count" "$name" | tr -c 'A-Za-z0-9.-' _ | cut -c 1-100).log
    began=$SECONDS status=0
    "$run" "$name" "$left" >"$log" 2>&1 || status=$?
    if ((status == 124 && left < stage_seconds - 5)); then
      out_of_time=yes
      return 0
    fi
    record "$stage" "$(state_of "$status" "$log")" "$name" $((SECONDS - began))
    ((status == 0)) || { echo "FAILED  $name"; tail -n 20 "$log" | sed 's/^/    /'; }
  done
}

# --- stages ---

stage_machine() {
  {
    echo "commit: $(cat "$here/commit" 2>/dev/null || echo unknown)"
    echo "device: $(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null || echo none)"
    echo "driver: $(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null || echo none)"
    echo "clocks, MHz (now SM, memory; most): $(nvidia-smi --query-gpu=clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem --format=csv,noheader,nounits 2>/dev/null || echo none)"
    echo "nvcc: $(version nvcc 's/.*release \([^,]*\),.*/\1/p')"
    echo "compute-sanitizer: $(version compute-sanitizer 's/^Version //p')"
    echo "torch: ${torch_version:-none, programs that need it are left out}"
  } | tee "$results/machine/machine.txt"
  if nvidia-smi -L 2>/dev/null | grep -q GPU; then record machine passed device 0; else record machine open device 0; fi
}

version() { "$(tool "$1")" --version 2>/dev/null | sed -n "$2" | grep . || echo none; }
tool() { command -v "$1" || ls /usr/local/cuda/bin/"$1" 2>/dev/null || echo "$1"; }

run_test() {  # "PROGRAM: NAME" SECONDS
  timeout "$2" "$here/bin/${1%%: *}" "$(sed 's/[][,\\]/\\&/g' <<<"${1#*: }")"
}

# Catch2 v2 answers a listing with the number of tests found, v3 with 0; a program that cannot start lists none.
test_names() { "$1" --list-test-names-only "$2" 2>/dev/null | sed 's/^ *//; /^$/d' || true; }

run_python() {  # torch.ops.anser on the device
  [[ -n $torch_version && -e $here/lib/libanser_ops.so ]] || { echo "no torch here, or none when the bundle was built"; return 0; }
  timeout "$2" python3 "$here/source/tests/core/test_python_ops.py" "$here/lib/libanser_ops.so" -v "$1"
}

stage_tests() {
  local program names=()
  for program in "$here"/bin/test_*; do
    mapfile -t -O "${#names[@]}" names < <(test_names "$program" '[cuda]~[sanitizer]' | sed "s/^/$(basename "$program"): /")
  done
  run_units tests run_test "${names[@]}"
  run_units tests run_python OnDevice
}

run_sanitized() { timeout "$2" "$(tool compute-sanitizer)" --tool "$stage" --error-exitcode 9 "$here/bin/test_cuda_device" "$1"; }

sanitize() {
  local names=()
  mapfile -t names < <(test_names "$here/bin/test_cuda_device" '[sanitizer]')
  if ! [[ -x $(tool compute-sanitizer) ]]; then
    echo "$1: no compute-sanitizer here: put it on the PATH" | tee "$results/$1/why-open.txt"
    return
  fi
  run_units "$1" run_sanitized "${names[@]}"
}
stage_memcheck() { sanitize memcheck; }
stage_racecheck() { sanitize racecheck; }

run_benchmark() {
  local program=$here/bin/bench_cuda
  if [[ $1 == step ]]; then
    program=$here/bin/bench_step
    [[ -n $torch_version && -x $program ]] || { echo "no torch here, or none when the bundle was built"; return 0; }
  fi
  timeout "$2" "$program" --benchmark_filter="^$1" --benchmark_out="$results/benchmarks/${1//\//-}.json" --benchmark_out_format=json
}
stage_benchmarks() { run_units benchmarks run_benchmark probe {forward,backward}/{chunked,sequential} decode step; }

run_rival() {  # NAME SECONDS: builds the driver with the rival's source and runs it
  local source=${rival_source[$1]} program=$results/rivals/$1 macro=RIVAL_WIND
  [[ $1 != official_clampw_v3 ]] || macro=RIVAL_OFFICIAL
  timeout "$2" "$(tool nvcc)" -std=c++20 -O3 --use_fast_math --extra-device-vectorization -arch=native -default-stream per-thread \
    -D$macro -D_N_=64 -D_C_=64 -D_CHUNK_LEN_=16 -I"$here/source" "$here/source/benchmarks/kernels/rivals_cuda.cu" "$source" -o "$program" &&
    timeout "$2" "$program" | tee "$program.tsv"
}

# The S5 step as PyTorch programs: with the official kernel where DIR holds it, with fla where python3 has it.
run_step_rivals() { timeout "$2" python3 "$here/source/benchmarks/rivals_step.py" ${rivals:+"$rivals"} | tee "$results/rivals/$1.tsv"; }

# Rivals' sources, wherever they lie below DIR: RWKV-LM's rwkv7_clampw_v3*.cu; wind_rwkv's chunked_cuda.cu with tile.cuh beside it.
stage_rivals() {
  local name
  declare -gA rival_source=()
  rival_source[official_clampw_v3]=$([[ -z $rivals ]] || find "$rivals" -name 'rwkv7_clampw_v3*.cu' | sort | tail -n 1)
  rival_source[wind_chunked]=$([[ -z $rivals ]] || find "$rivals" -name chunked_cuda.cu | head -n 1)
  for name in "${!rival_source[@]}"; do
    if [[ -z ${rival_source[$name]} ]]; then
      record rivals open "$name" 0
    elif ! [[ -x $(tool nvcc) ]]; then
      echo "rivals: no nvcc here: put it on the PATH" | tee "$results/rivals/why-open.txt"
    else
      run_units rivals run_rival "$name"
    fi
  done
  run_units rivals run_step_rivals pytorch_step
}

# --- torch, for the programs that need it; the CUDA kernels' own do not ---

torch=${ANSER_TORCH_DIR:-$(python3 -c 'import importlib.util as u
spec = u.find_spec("torch")
print(spec.submodule_search_locations[0] if spec else "")' 2>/dev/null || true)}
torch_version=$(sed -n "s/^__version__ = '\([^']*\)'.*/\1/p" "$torch/version.py" 2>/dev/null || true)
LD_LIBRARY_PATH=$here/lib${torch:+:$torch/lib$(printf ':%s' "$torch"/../nvidia/*/lib)}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH ANSER_REFERENCE_DIR=$here/reference ANSER_HOME=$here

# --- all stages ---

# failed, passed, open, or unfinished: of a stage's units.
stage_state() {
  local units=$results/$1/units.tsv
  if [[ -e $results/$1/unfinished ]]; then echo unfinished
  elif grep -q '^failed' "$units" 2>/dev/null; then echo failed
  elif ! [[ -s $units ]] || grep -q '^open' "$units"; then echo open
  else echo passed; fi
}

run_stage() {
  stage=$1 out_of_time=''
  mkdir -p "$results/$stage"
  deadline=$((SECONDS + stage_seconds))
  rm -f "$results/$stage/why-open.txt"
  touch "$results/$stage/unfinished"  # stays where the run is killed
  (cd "$here" && "stage_$stage" && [[ -z $out_of_time ]]) && rm "$results/$stage/unfinished" || true
  printf '[%s] %s\n' "$stage" "$(stage_state "$stage")"
}

if [[ -n $only ]]; then
  rm -rf "${results:?}/$only"
  run_stage "$only"
else
  for stage in "${all_stages[@]}"; do
    case $(stage_state "$stage") in
      passed | failed) echo "[$stage] $(stage_state "$stage") before; --stage $stage runs it anew" ;;
      *) run_stage "$stage" ;;
    esac
  done
fi

python3 "$here/gpu_report.py" "$results" "$here/cuda_kernels.txt" >"$results/report.md.new"
mv "$results/report.md.new" "$results/report.md"
echo "report: $results/report.md"
states=$(for stage in "${all_stages[@]}"; do stage_state "$stage"; done)
! grep -q failed <<<"$states" || exit 1
! grep -q unfinished <<<"$states" || { echo "gpu-check: a stage ran out of time; the same command goes on"; exit 3; }

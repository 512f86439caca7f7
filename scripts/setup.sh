#!/usr/bin/env bash
# Takes a fresh machine to a built program: Debian packages where missing, LibTorch from a pinned wheel in .anser/venv,
# configuration, build. Run by ./anser and ./check; does nothing, within a second, when everything is in place.
# Killed at any moment, it goes on from the last finished stage. Writes inside this folder only, Debian packages apart.
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/ready.sh"
source "$root/scripts/preflight.sh"
source "$root/scripts/build.sh"

usage() {
  cat >&2 <<'USAGE'
usage: scripts/setup.sh [options]
  --tests          build the tests and benchmarks too
  --no-torch       only the rooms that need no LibTorch (build/notorch)
  --cuda           build the CUDA kernels, with nvcc from wheels where the system has no nvcc 13
  --no-cuda        do not build them, even where nvcc is found (remembered, like --cuda; --auto-cuda forgets)
  --python         let .anser/venv/bin/python import torch, on the CPU, and build libanser_ops.so for it
                   (remembered, like --cuda; --no-python forgets)
  --no-apt         install no Debian packages: list the missing ones and go on
  --no-build       stop before configuring
  --download DIR   fill DIR with every Debian package and wheel, for a machine without network
  --offline DIR    take them from DIR
environment: ANSER_TORCH_DIR   another LibTorch (the folder that holds lib/ and include/; 'wheel' goes back to the wheel)
             ANSER_JOBS        parallel compile jobs (default: cores, at most one for each 2 GB of memory)
USAGE
}

say() { printf '%s\n' "$*" >&2; [[ -z ${log:-} ]] || printf '%s\n' "$*" >>"$log"; }
fail() {
  failed=yes
  say "anser set-up: $1 (log: ${log:-none})"
  exit 2
}
stopped() {  # on every exit that fail did not announce
  local status=$?
  ((status == 0)) || [[ -n $failed ]] || say "anser set-up: stopped with status $status while at: ${stage:-start} (log: ${log:-none})"
}

parse_options() {
  while (($#)); do
    case $1 in
      --tests) tests=yes ;;
      --no-torch) no_torch=yes ;;
      --cuda) cuda=on ;;
      --no-cuda) cuda=off ;;
      --auto-cuda) cuda=auto ;;
      --python) for_python=on ;;
      --no-python) for_python=off ;;
      --no-apt) no_apt=yes ;;
      --no-build) no_build=yes ;;
      --download | --offline)
        [[ -n ${2:-} ]] || fail "$1 wants a folder"
        printf -v "${1#--}" %s "$(realpath -m "$2")"
        shift
        ;;
      -h | --help) usage; exit 0 ;;
      *) usage; fail "unknown option '$1'" ;;
    esac
    shift
  done
  [[ -z $offline || -d $offline ]] || fail "--offline: no folder '$offline'"
}

# --- choices that hold until another is made: .anser/choices ---

read_choices() {
  local name value
  while IFS='=' read -r name value; do
    case $name in cuda) cuda=$value ;; torch_dir) torch_dir=$value ;; python) for_python=$value ;; esac
  done < <(cat "$root/.anser/choices" 2>/dev/null)
  return 0
}

choices() { printf 'cuda=%s\ntorch_dir=%s\npython=%s' "$cuda" "$torch_dir" "$for_python"; }
choices_hold() { [[ -f $root/.anser/choices && $(<"$root/.anser/choices") == "$(choices)" ]]; }
write_choices() {
  choices_hold && return
  printf '%s\n' "$(choices)" >"$root/.anser/choices.new"
  mv "$root/.anser/choices.new" "$root/.anser/choices"
}

# --- what is here ---

nvcc_version() { "$1" --version 2>/dev/null | sed -n 's/.*release \([0-9.]*\),.*/\1/p'; }

find_nvcc() {
  local candidate
  for candidate in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc \
    "$root"/.anser/venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; do
    [[ -n $candidate && -x $candidate ]] || continue
    [[ $candidate != "$root"/.anser/venv/* ]] || wheels_complete cuda || continue
    [[ $(nvcc_version "$candidate") == 13.* ]] && { printf '%s' "$candidate"; return; }
  done
  return 0
}

find_python() {
  local candidate
  for candidate in /usr/bin/python3 "$(command -v python3 || true)"; do
    [[ -n $candidate && -x $candidate ]] || continue
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null &&
      { printf '%s' "$candidate"; return; }
  done
  return 0
}

look_around() {
  local name command rest
  while read -r name command rest; do
    [[ -z $name || $name == \#* ]] || wanted_packages+=("$name")
    [[ -z $name || $name == \#* || $command == - ]] || command_of[$name]=$command
  done <"$root/scripts/packages.txt"
  # The format test wants one version of clang-format; where the distribution lacks it the test is skipped.
  local present
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted_packages[@]}" clang-format-14 2>/dev/null | sed -n 's/^installed //p' || true)
  for name in "${wanted_packages[@]}"; do
    grep -qx -- "$name" <<<"$present" && continue
    [[ -n ${command_of[$name]:-} ]] && command -v "${command_of[$name]}" >/dev/null && continue
    [[ $name == python3-venv && (-n $(find_python) || -n $torch_dir || -n $no_torch) ]] && continue
    missing_packages+=("$name")
  done
  [[ -n $tests ]] && ! grep -qx clang-format-14 <<<"$present" && optional_packages+=(clang-format-14)
  if [[ -z $no_apt ]] && command -v apt-get >/dev/null && { ((EUID == 0)) || command -v sudo >/dev/null; }; then
    can_apt=yes
  fi
  python=$(find_python)
  torch_missing=''
  [[ -n $no_torch || -n $torch_dir ]] || wheels_complete torch || torch_missing=yes
  nvcc=''
  [[ $cuda == off ]] || nvcc=$(find_nvcc)
}

# --- Debian packages ---

as_root() { if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi; }

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1
}

install_packages() {
  local name
  ((${#missing_packages[@]} + ${#optional_packages[@]})) && [[ -n $can_apt ]] || return 0
  ((${#missing_packages[@]})) || [[ -z $offline ]] || return 0
  stage='Debian packages'
  say "packages: ${missing_packages[*]} ${optional_packages[*]}"
  finish_earlier_installation
  if [[ -n $offline ]]; then
    install_packages_offline
    return
  fi
  apt update || ((${#missing_packages[@]} == 0)) || fail "apt-get update failed: $(apt_reason)"
  if ((${#missing_packages[@]})); then
    apt install --no-install-recommends "${missing_packages[@]}" || fail "apt-get install failed: $(apt_reason)"
  fi
  for name in "${optional_packages[@]}"; do
    apt install --no-install-recommends "$name" || say "  · $name is not to be had here: what needs it is skipped"
  done
}

# A set-up that was killed may have left packages unpacked and not configured, or one of them half unpacked.
finish_earlier_installation() {
  local half name
  as_root dpkg --configure -a >>"$log" 2>&1 && return
  mapfile -t half < <(dpkg-query -W -f '${db:Status-Eflag} ${Package}\n' | sed -n 's/^reinstreq //p')
  for name in "${half[@]}"; do
    if [[ -n $offline ]]; then
      as_root dpkg --unpack "$offline/debs/${name}"_*.deb >>"$log" 2>&1 || true
    else
      { apt update && apt install --reinstall "$name"; } || true
    fi
  done
  as_root dpkg --configure -a >>"$log" 2>&1 || apt -f install ||
    fail "dpkg could not finish an earlier installation: run dpkg --configure -a and apt-get -f install"
}

apt_reason() { grep -E '^(E|W|Err):' "$log" | tail -n 1 | cut -c1-160; }

# The folder holds the whole closure; what is installed in that version or a newer one is left alone.
install_packages_offline() {
  local deb name version have wanted=()
  for deb in "$offline"/debs/*.deb; do
    [[ -f $deb ]] || fail "no packages in $offline/debs: fill it with scripts/setup.sh --download on a connected machine"
    read -r name version < <(dpkg-deb --show --showformat '${Package} ${Version}\n' "$deb")
    have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null | sed -n 's/^installed //p' || true)
    [[ -n $have ]] && dpkg --compare-versions "$have" ge "$version" && continue
    wanted+=("$deb")
  done
  ((${#wanted[@]} == 0)) || apt install --no-install-recommends "${wanted[@]}" ||
    fail "apt-get could not install from $offline/debs: $(apt_reason)"
}

# --- wheels in a private environment ---
# .anser/venv/complete-PART holds the hash of the requirements that were installed in full; it is written last.

requirements() { printf '%s' "$root/scripts/requirements-$1.txt"; }
requirement_version() { sed -n 's/^torch==\([^ ]*\).*/\1/p' "$(requirements "$1")"; }
requirement_size() { sed -n 's/.*download: \([0-9]* MB\).*/\1/p' "$(requirements "$1")"; }
requirements_hash() { sha256sum <"$(requirements "$1")" | cut -c1-32; }
wheels_complete() { [[ -f $root/.anser/venv/complete-$1 && $(<"$root/.anser/venv/complete-$1") == "$(requirements_hash "$1")" ]]; }
venv_python() { env -u PYTHONPATH -u PYTHONHOME -u PIP_TARGET -u PIP_PREFIX -u PIP_USER "$root/.anser/venv/bin/python" "$@"; }

mark_complete() {
  [[ $1 != python ]] || let_python_import_torch
  # nvcc looks for the run time in lib64, the wheels bring lib.
  [[ $1 != cuda ]] || ln -sfn lib "$(echo "$root"/.anser/venv/lib/python3*/site-packages/nvidia/cu13)/lib64"
  requirements_hash "$1" >"$root/.anser/venv/complete-$1.new"
  mv "$root/.anser/venv/complete-$1.new" "$root/.anser/venv/complete-$1"
}

modules_wanted() { [[ $for_python == on && -z $no_torch && -z $torch_dir ]]; }

let_python_import_torch() {
  local torch
  torch=$(echo "$root"/.anser/venv/lib/python3*/site-packages/torch)
  venv_python "$root/scripts/cuda_stand_ins.py" "$torch" >>"$log" 2>&1 || fail "the CUDA libraries that torch links could not be stood in for"
  venv_python -W ignore -c 'import torch' >>"$log" 2>&1 || fail "$root/.anser/venv/bin/python cannot import torch: $(tail -n 1 "$log")"
}

# True when every file of the pinned packages has the hash that its wheel recorded: somebody else's work can be kept.
wheels_verified() {
  venv_python - "$(requirements "$1")" 2>>"$log" <<'PYTHON'
import base64, hashlib, importlib.metadata, re, sys
for name, version in re.findall(r"^([\w-]+)==(\S+)", open(sys.argv[1]).read(), re.M):
    try:
        found = importlib.metadata.distribution(name)
        if found.version != version:
            sys.exit(f"{name} {found.version} is here, wanted {version}")
        for file in found.files:
            digest = hashlib.sha256(file.locate().read_bytes()).digest() if file.hash else b""
            if file.hash and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                sys.exit(f"{file} differs from the wheel's")
    except (importlib.metadata.PackageNotFoundError, OSError) as missing:
        sys.exit(f"incomplete: {missing!r}")
PYTHON
}

make_venv() {
  [[ -n $python ]] || python=$(find_python)
  [[ -n $python ]] || fail "no python3 of 3.10 to 3.14 with venv: install python3-venv"
  rm -rf "$root/.anser/venv"
  "$python" -m venv "$root/.anser/venv" >>"$log" 2>&1 || fail "$python could not make the environment .anser/venv"
}

# Wheels are fetched first and kept until all are installed, so that a killed set-up does not fetch them twice.
install_wheels() {  # install_wheels PART
  local part=$1 wheels=$root/.anser/wheels
  wheels_complete "$part" && return
  stage="wheels ($part)"
  if [[ -x $root/.anser/venv/bin/python ]]; then
    say "wheels: looking through the environment that is here already"
    if wheels_verified "$part"; then mark_complete "$part"; return; fi
  fi
  if [[ $part == torch ]] || ! [[ -x $root/.anser/venv/bin/python ]]; then make_venv; fi
  if [[ -n $offline ]]; then
    wheels=$offline/wheels
    say "wheels: $part from $wheels"
  else
    say "wheels: $part, a download of $(requirement_size "$part")"
    fetch_wheels "$part" "$wheels" "$root/.anser/venv/bin/python"
  fi
  say "wheels: unpacking"
  venv_python -m pip install --disable-pip-version-check --quiet --no-deps --no-compile --require-hashes --force-reinstall \
    --no-index --find-links "$wheels" -r "$(requirements "$part")" >>"$log" 2>&1 ||
    fail "pip could not install the wheels of $(basename "$(requirements "$part")") from $wheels"
  mark_complete "$part"
  [[ -n $offline ]] || rm -rf "$wheels"
}

fetch_wheels() {  # fetch_wheels PART FOLDER PYTHON
  local bar=off
  [[ -t 2 ]] && bar=on
  env -u PYTHONPATH -u PYTHONHOME "$3" -m pip download --disable-pip-version-check --no-cache-dir --retries 5 --progress-bar $bar \
    --no-deps --only-binary=:all: --require-hashes --log "$log" -d "$2" -r "$(requirements "$1")" >&2 ||
    fail "pip could not fetch the wheels of $(basename "$(requirements "$1")")"
}

# --- a folder for machines without network ---

# Debian packages with everything below them, whatever this machine has: apt is shown a system on which nothing is installed.
download_all() {
  local scratch part
  stage="download into $download"
  mkdir -p "$download/debs/partial" "$download/wheels"
  scratch=$(mktemp -d "$root/.anser/download.XXXXXX")
  : >"$scratch/status"
  say "download: Debian packages into $download/debs"
  apt update || fail "apt-get update failed: $(apt_reason)"
  apt install --no-install-recommends --download-only -o Dir::State::status="$scratch/status" -o APT::Sandbox::User=root \
    -o Dir::Cache::archives="$download/debs" "${wanted_packages[@]}" clang-format-14 || fail "apt-get could not fetch: $(apt_reason)"
  rm -rf "$scratch" "$download/debs/partial" "$download/debs/lock"
  [[ -n $python ]] || fail "fetching wheels needs python3-venv here too: apt-get install python3-venv"
  "$python" -m venv "$root/.anser/download-venv" >>"$log" 2>&1
  say "download: wheels into $download/wheels, $(requirement_size torch), $(requirement_size cuda) and $(requirement_size python)"
  for part in torch cuda python; do fetch_wheels "$part" "$download/wheels" "$root/.anser/download-venv/bin/python"; done
  rm -rf "$root/.anser/download-venv"
  say "download: done. On a machine with the same Debian and Python: scripts/setup.sh --offline DIR"
}

# --- all stages ---

announce_ready() {
  printf '%s\n%s\n' "$(anser_setup_key)" "$1" >"$root/.anser/ready.new"
  mv "$root/.anser/ready.new" "$root/.anser/ready"
}

install_everything() {
  install_packages
  [[ -n $no_torch || -n $torch_dir ]] || install_wheels torch
  if [[ $cuda == on && -z $nvcc ]]; then
    [[ -z $no_torch && -z $torch_dir ]] || fail "--cuda without an nvcc 13 of the system needs the wheels of LibTorch too: install a CUDA 13 toolkit"
    install_wheels cuda
    nvcc=$(find_nvcc)
    [[ -n $nvcc ]] || fail "the wheels of requirements-cuda.txt brought no working nvcc"
  fi
  ! modules_wanted || install_wheels python
}

build_everything() {
  stage=build
  [[ -z $no_build ]] || return 0
  if [[ -n $no_torch ]]; then
    build_preset notorch all
  elif [[ -n $tests ]]; then
    build_preset release all
  elif [[ $for_python == on ]]; then
    build_preset release anser anser_light anser_ops
  else
    build_preset release anser anser_light
  fi
}

set_up() {
  look_around
  if [[ -n $download ]]; then
    download_all
    return
  fi
  if [[ -z $no_torch ]] && choices_hold && anser_is_set_up && ((${#optional_packages[@]} == 0)); then
    build_everything
    return
  fi
  say "anser set-up in $root"
  preflight
  write_choices
  install_everything
  build_everything
  local torch=$torch_dir
  [[ -n $torch ]] || torch=$(echo "$root"/.anser/venv/lib/python3*/site-packages/torch)
  [[ -n $no_torch || -n $no_build ]] || announce_ready "$torch"
}

tests='' no_torch='' no_apt='' no_build='' download='' offline='' failed='' stage='' can_apt='' log=''
cuda=auto torch_dir='' for_python=off python='' nvcc='' torch_missing=''
wanted_packages=() missing_packages=() optional_packages=()
declare -A command_of=()
trap stopped EXIT
trap 'failed=yes; say ""; say "anser set-up: interrupted; the same command goes on from here"; exit 130' INT TERM

mkdir -p "$root/.anser" 2>/dev/null || true
[[ -w $root/.anser ]] || fail "cannot write to $root/.anser"
read_choices
parse_options "$@"
if [[ -n ${ANSER_TORCH_DIR:-} ]]; then
  torch_dir=''
  [[ $ANSER_TORCH_DIR == wheel ]] || torch_dir=$(realpath -m "$ANSER_TORCH_DIR")
fi
jobs=${ANSER_JOBS:-$(awk -v cores="$(nproc)" '/^MemTotal/ {fit = int($2 / 2e6); print fit < 1 ? 1 : (fit < cores ? fit : cores)}' /proc/meminfo)}

exec </dev/null  # nothing here asks; sudo has the terminal
exec 9>"$root/.anser/lock"
if ! flock -n 9; then
  say "anser set-up: another set-up of this folder is at work; waiting for it"
  flock 9
fi
log=$root/.anser/setup.log
printf '\n=== %s  setup.sh %s\n' "$(date -u +%FT%TZ)" "$*" >>"$log"
set_up

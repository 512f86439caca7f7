# shellcheck shell=bash disable=SC2154
# The table that set-up begins with: what is here, what will be installed, and what the user has to do. Sourced by setup.sh.
# A row is ok, later (set-up installs it), note (nothing to do), or bad with its fix. Bad rows stop set-up, all at once.

bad_rows=0

row() {  # row STATE NAME VALUE [FIX]
  local mark
  case $1 in ok) mark='✓' ;; later) mark='+' ;; note) mark='·' ;; bad) mark='✗' bad_rows=$((bad_rows + 1)) ;; esac
  say "  $mark $(printf '%-9s' "$2") $3"
  [[ $1 == bad ]] && say "              fix: ${4:?a bad row names its fix}"
  return 0
}

at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }  # at_least HAVE WANTED

# A tool with a least version: row_tool NAME COMMAND VERSION WANTED PACKAGE
row_tool() {
  local name=$1 command=$2 version=$3 wanted=$4 package=$5
  if [[ -n $version ]] && at_least "$version" "$wanted"; then
    row ok "$name" "$command $version"
  elif [[ -n $version ]]; then
    row bad "$name" "$command $version, wanted $wanted or newer" "install a newer $package, or put one in front of PATH"
  elif [[ " ${missing_packages[*]-} " == *" $package "* && -n $can_apt ]]; then
    row later "$name" "$package will be installed"
  else
    row bad "$name" "none, wanted $command $wanted or newer" "install $package"
  fi
}

preflight_machine() {
  local name memory_mb disk_mb disk_wanted
  name=$(. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-}") || true
  row ok system "${name:-unknown Linux}, $(uname -m)"
  memory_mb=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
  row ok cores "$(nproc), builds with $jobs jobs"
  if ((memory_mb >= 1800)); then
    row ok memory "$((memory_mb / 1024)) GiB"
  else
    row bad memory "$memory_mb MiB, a LibTorch source needs 1.5 GB to compile" "add memory or swap: fallocate -l 4G /swap && mkswap /swap && swapon /swap"
  fi
  disk_wanted=1000
  [[ -n $torch_missing ]] && disk_wanted=4000
  disk_mb=$(df -Pm "$root" | awk 'NR == 2 {print $4}')
  if ((disk_mb >= disk_wanted)); then
    row ok disk "$((disk_mb / 1000)) GB free"
  else
    row bad disk "$disk_mb MB free, wanted $disk_wanted MB" "free some space, or move this folder to a larger disk"
  fi
}

preflight_tools() {
  row_tool compiler g++ "$(g++ -dumpfullversion 2>/dev/null || true)" 11 g++
  row_tool cmake cmake "$(cmake --version 2>/dev/null | awk 'NR == 1 {print $3}' || true)" 3.25 cmake
  row_tool ninja ninja "$(ninja --version 2>/dev/null || true)" 1.10 ninja-build
}

preflight_packages() {
  if ((${#missing_packages[@]} == 0)); then
    row ok packages "all ${#wanted_packages[@]} are here"
  elif [[ -n $no_apt ]]; then
    row note packages "missing: ${missing_packages[*]} (--no-apt: going on without)"
  elif [[ -n $can_apt ]]; then
    row later packages "${#missing_packages[@]} will be installed: ${missing_packages[*]}"
  elif ! command -v apt-get >/dev/null; then
    row note packages "this is no Debian: wanted by their Debian names ${missing_packages[*]}"
  else
    row bad packages "missing: ${missing_packages[*]}" "as root: apt-get install ${missing_packages[*]}"
  fi
}

wheel_source() { [[ -n $offline ]] && printf 'from %s' "$offline" || printf 'download of %s' "$(requirement_size "$1")"; }

preflight_torch() {
  if [[ -n $no_torch ]]; then
    row note libtorch "not wanted (--no-torch)"
  elif [[ -n $torch_dir && -e $torch_dir/lib/libtorch_cpu.so ]]; then
    row ok libtorch "$torch_dir"
  elif [[ -n $torch_dir ]]; then
    row bad libtorch "no lib/libtorch_cpu.so below $torch_dir" "set ANSER_TORCH_DIR to the folder that holds lib/ and include/, or to 'wheel'"
  elif [[ -z $torch_missing ]]; then
    row ok libtorch "$(requirement_version torch) in .anser/venv"
  elif [[ $(uname -m) != x86_64 ]]; then
    row bad libtorch "the pinned wheel is for x86_64" "set ANSER_TORCH_DIR to a LibTorch for $(uname -m)"
  else
    preflight_python
    row later libtorch "torch $(requirement_version torch): $(wheel_source torch) into .anser/venv"
  fi
}

preflight_python() {
  if [[ -n $python ]]; then
    row ok python "$python $("$python" -c 'import platform; print(platform.python_version())')"
  elif [[ " ${missing_packages[*]-} " == *" python3-venv "* && -n $can_apt ]]; then
    row later python "python3-venv will be installed"
  else
    row bad python "no python3 of 3.10 to 3.14 with venv" "apt-get install python3-venv"
  fi
}

preflight_import() {
  [[ $for_python == on && -z $no_torch ]] || return 0
  if [[ -n $torch_dir ]]; then
    row note import "left to the Python that $torch_dir belongs to"
  elif wheels_complete python; then
    row ok import "torch, by .anser/venv/bin/python"
  else
    row later import "torch, by .anser/venv/bin/python: $(wheel_source python)"
  fi
}

preflight_cuda() {
  local driver
  if [[ $cuda == off ]]; then
    row note cuda "not wanted (--no-cuda)"
  elif [[ -n $nvcc ]]; then
    row ok cuda "nvcc $(nvcc_version "$nvcc") at $nvcc"
  elif [[ $cuda == on ]]; then
    row later cuda "nvcc 13.0 from wheels: $(wheel_source cuda) into .anser/venv"
  else
    row note cuda "no nvcc 13: CPU kernels only (scripts/setup.sh --cuda brings a compiler, no root needed)"
  fi
  driver=$(sed -n 's/^NVRM version: *//p' /proc/driver/nvidia/version 2>/dev/null | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9.]+$/) {print $i; exit}}') || true
  row note driver "${driver:-no NVIDIA driver: everything runs on the CPU}"
}

# Looks at the routing table alone: which hosts serve packages is the machine's own configuration.
preflight_network() {
  local needs=()
  [[ -n $offline ]] && { row ok network "not used: wheels and packages come from $offline"; return; }
  ((${#missing_packages[@]})) && [[ -n $can_apt ]] && needs+=("Debian packages")
  [[ -n $torch_missing ]] && needs+=("LibTorch")
  [[ $cuda == on && -z $nvcc ]] && needs+=("nvcc")
  modules_wanted && ! wheels_complete python && needs+=("Python modules")
  if ((${#needs[@]} == 0)); then
    row ok network "not needed"
  elif [[ -n ${https_proxy:-}${http_proxy:-}${HTTPS_PROXY:-}${HTTP_PROXY:-} ]]; then
    row ok network "through the proxy that the environment names"
  elif awk 'NR > 1 && $2 == "00000000" {found = 1} END {exit !found}' /proc/net/route ||
    awk '$1 ~ /^0+$/ && $2 == "00" && $10 != "lo" {found = 1} END {exit !found}' /proc/net/ipv6_route 2>/dev/null; then
    row ok network "used for: $(printf '%s, ' "${needs[@]}" | sed 's/, $//')"
  else
    row bad network "no default route, wanted for: $(printf '%s, ' "${needs[@]}" | sed 's/, $//')" \
      "connect, or elsewhere run scripts/setup.sh --download DIR and here scripts/setup.sh --offline DIR"
  fi
}

preflight() {
  preflight_machine
  preflight_tools
  preflight_packages
  preflight_torch
  preflight_import
  preflight_cuda
  preflight_network
  ((bad_rows == 0)) || fail "$bad_rows line(s) of the table above need you (each ✗ names its fix)"
}

# shellcheck shell=bash disable=SC2154
# Configures and builds one preset. Sourced by setup.sh, which gives say, fail, log, jobs and the choices.

# Shows ninja's "[done/total] what" lines: one line that rewrites itself on a terminal, a line every tenth elsewhere.
# Everything goes to the log as well; what a failed command printed is shown.
show_build() {
  local line done_ total next=0 failed='' start=$SECONDS left
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%s\n' "$line" >>"$log"
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      done_=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} failed=''
      left=$(((SECONDS - start) * (total - done_) / (done_ > 0 ? done_ : 1)))
      if ((done_ == 0)); then
        :
      elif [[ -t 2 ]]; then
        printf '\r\033[K  %s of %s, about %d:%02d left  %.60s' "$done_" "$total" $((left / 60)) $((left % 60)) "${line#*] }" >&2
      elif ((done_ * 10 >= next * total)); then
        say "  $done_ of $total, about $((left / 60)):$(printf '%02d' $((left % 60))) left"
        next=$((done_ * 10 / total + 1))
      fi
    elif [[ $line == FAILED:* ]]; then
      [[ -t 2 ]] && printf '\n' >&2
      failed=yes
      printf '%s\n' "$line" >&2
    elif [[ -n $failed ]]; then
      printf '%s\n' "$line" >&2
    fi
  done
  [[ -t 2 ]] && printf '\r\033[K' >&2
  return 0
}

# The cache lies in the tree unless the user has one; paths in it are relative, so that a second clone profits.
ccache_environment() {
  export CCACHE_DIR=${CCACHE_DIR:-$root/.anser/ccache} CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1
  export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
}

# The first error that CMake wrote to the log after the given line, on one line.
cmake_reason() { tail -n "+$(($1 + 1))" "$log" | grep -A 4 -m 1 '^CMake Error' | tr -s ' \n' ' ' | cut -c1-240; }

configure_preset() {  # configure_preset PRESET
  local build=$root/build/$1 flags key log_lines
  flags=("-DANSER_TORCH_DIR=$torch_dir" "-DANSER_CUDA=$([[ -n $nvcc ]] && echo ON || echo OFF)")
  [[ -n $nvcc ]] && flags+=("-DCMAKE_CUDA_COMPILER=$nvcc")
  key="$root ${flags[*]}"
  [[ -f $build/build.ninja && -f $build/.configured && $(<"$build/.configured") == "$key" ]] && return
  say "configure: $1${nvcc:+, with CUDA}"
  # Another place, compiler or LibTorch: CMake's cache of the old ones would be half right.
  rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles" "$build/.configured"
  log_lines=$(wc -l <"$log")
  (cd "$root" && cmake --preset "$1" "${flags[@]}") >>"$log" 2>&1 ||
    fail "cmake could not configure the preset '$1': $(cmake_reason "$log_lines")"
  printf '%s' "$key" >"$build/.configured"
}

build_preset() {  # build_preset PRESET TARGET...
  local preset=$1 build=$root/build/$1
  shift
  ccache_environment
  configure_preset "$preset"
  say "build: $* with $jobs jobs"
  touch "$build/.build-started"
  NINJA_STATUS='[%f/%t] ' ninja -C "$build" -j "$jobs" "$@" 2>&1 | show_build ||
    fail "the build of '$*' failed; the first error stands above"
  mv "$build/.build-started" "$build/.built"
}

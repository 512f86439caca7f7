# shellcheck shell=bash disable=SC2154
# Is this tree set up, and is the program newer than its sources? Sourced with $root set; starts as few processes as it can.

# Everything that decides what set-up does, as one word.
anser_setup_key() {
  local files=("$root"/scripts/{setup,preflight,ready,build}.sh "$root"/scripts/cuda_stand_ins.py
    "$root"/scripts/{packages,requirements-torch,requirements-cuda,requirements-python}.txt)
  [[ -f $root/.anser/choices ]] && files+=("$root/.anser/choices")
  cat "${files[@]}" | sha256sum | cut -c1-32
}

# True when set-up has finished with today's scripts and choices and the LibTorch it chose is still there.
anser_is_set_up() {
  local key torch
  [[ -f $root/.anser/ready ]] || return 1
  { read -r key && read -r torch; } <"$root/.anser/ready" || return 1
  [[ $key == "$(anser_setup_key)" && -e $torch/lib/libtorch_cpu.so ]] || return 1
  case ${ANSER_TORCH_DIR:-} in
    '') ;;
    wheel) [[ $torch == "$root/.anser/"* ]] ;;
    *) [[ $ANSER_TORCH_DIR -ef $torch ]] ;;
  esac
}

# True when the program of build/release exists and no source, and no folder of sources, is newer.
anser_is_built() {
  local stamp=$root/build/release/.built
  [[ -x $root/build/release/bin/anser && -x $root/build/release/bin/anser-light && -f $stamp ]] || return 1
  [[ -z $(cd "$root" && find kernels core automata tasks analysis experiments cmake CMakeLists.txt CMakePresets.json \
    -newer "$stamp" -print -quit 2>&1) ]]
}

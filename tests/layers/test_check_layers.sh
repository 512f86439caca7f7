#!/usr/bin/env bash
# The layer check itself: each forbidden arrow, alone in a small tree, is found with its file and line, and a good tree passes.
set -euo pipefail
check=$(dirname "${BASH_SOURCE[0]}")/check_layers.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

good_tree() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{kernels/cpu,core/base,core/nn,automata,tasks,analysis/report,analysis/construct,experiments/cli}
  printf '#pragma once\n' | tee "$tree"/{kernels/wkv7.h,core/base/error.h,core/nn/block.h,automata/dfa.h,tasks/task.h} \
    "$tree"/{analysis/report/svg.h,analysis/construct/compile.h,kernels/cpu/local.h} >/dev/null
  printf '#include "kernels/wkv7.h"\n#include <ATen/core/Tensor.h>\n#include "core/base/error.h"\n' >"$tree/core/nn/block.cpp"
  printf '#include "hwy/highway.h"\n#include <vector>\n' >"$tree/kernels/cpu/wkv7.cpp"
  printf '#include "core/nn/block.h"\n#include "analysis/report/svg.h"\n' >"$tree/analysis/construct/compile.cpp"
  printf '// #include "experiments/cli/verb.h"\n' >"$tree/automata/dfa.cpp"
}

expect_found() {  # expect_found FILE INCLUDE: a second line that FILE must not have
  good_tree
  printf '#pragma once\n#include %s\n' "$2" >"$tree/$1"
  local output status=0
  output=$(bash "$check" "$tree") || status=$?
  if ((status == 0)) || ! grep -q "^$1:2: " <<<"$output"; then
    echo "not found: $1 with #include $2"
    failures=$((failures + 1))
  fi
}

good_tree
bash "$check" "$tree" || { echo "a tree in order was refused"; failures=$((failures + 1)); }
expect_found kernels/status.h '"core/base/error.h"'
expect_found kernels/cpu/wkv7.cpp '<torch/torch.h>'
expect_found core/base/rng.h '"core/nn/block.h"'
expect_found core/base/rng.h '<c10/util/Exception.h>'
expect_found core/base/rng.h '"kernels/wkv7.h"'
expect_found core/nn/lora.h '"automata/dfa.h"'
expect_found automata/dfa.h '"tasks/task.h"'
expect_found automata/dfa.h '"core/nn/block.h"'
expect_found tasks/task.h '<ATen/core/Tensor.h>'
expect_found tasks/task.h '"analysis/construct/compile.h"'
expect_found analysis/report/svg.h '"core/nn/block.h"'
expect_found analysis/report/svg.h '  <ATen/ATen.h>'
expect_found analysis/construct/compile.h '"experiments/cli/verb.h"'
expect_found kernels/cpu/wkv7.cpp '"local.h"'
expect_found automata/dfa.cpp '"tests/support/catch.h"'
echo "layer check: $failures mistakes"
((failures == 0))

#!/usr/bin/env bash
# Packs program, tests, benchmarks and what they read into one archive for a GPU machine that has a driver (and torch 2.11 for the
# programs that link it), and needs no compiler, no packages and no network (docs/how-to/gpu.md).
#   scripts/bundle.sh [--build DIR] [ARCHIVE]      ARCHIVE: default build/anser-bundle.tar.gz
# Without --build everything is built first; with it the programs that the build folder DIR holds are packed as they are.
# There: tar xf anser-bundle.tar.gz && anser-bundle/gpu-check.sh
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=''
if [[ ${1:-} == --build ]]; then
  build=$(realpath -e "${2:-}" 2>/dev/null) && [[ -d $build/bin ]] || { echo "bundle: --build ${2:-}: wanted a build folder with programs in bin/" >&2; exit 2; }
  shift 2
fi
archive=$(realpath -m "${1:-$root/build/anser-bundle.tar.gz}")
limit_mb=64

if [[ -z $build ]]; then
  "$root/scripts/setup.sh" --tests >&2
  build=$root/build/release
fi
stage=$(mktemp -d "$build/bundle.XXXXXX")
trap 'rm -rf "$stage"' EXIT
bundle=$stage/anser-bundle
mkdir -p "$bundle"/{bin,lib} "$(dirname "$archive")"

is_program() { [[ -f $1 && -x $1 && $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]]; }
# Those whose work reaches a device; a build folder may hold some of them only.
for name in anser test_cuda_device test_nn test_train train_once bench_cuda bench_step bench_eager_rwkv7; do
  program=$build/bin/$name
  ! is_program "$program" || strip -o "$bundle/bin/$name" "$program"
done

# What the programs load at run time on a machine whose LibTorch has CUDA, and what its Python loads.
for name in libanser_cuda_graph.so libanser_ops.so; do
  [[ ! -e $build/lib/$name ]] || strip -o "$bundle/lib/$name" "$build/lib/$name"
done

# Every library that is neither torch's, nor NVIDIA's from its wheels, nor the C and C++ run time of every Linux.
ldd "$bundle"/bin/* | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
  grep -vE '/torch/lib/|/nvidia/|/(libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\+\+|libgomp)\.so' |
  xargs -r cp -L -t "$bundle/lib" || true

cp "$root"/scripts/{gpu-check.sh,gpu_report.py} "$bundle/"
[[ ! -x $build/bin/test_cuda_report ]] || "$build/bin/test_cuda_report" >/dev/null  # writes cuda_kernels.txt
[[ ! -e $build/cuda_kernels.txt ]] || cp "$build/cuda_kernels.txt" "$bundle/"
# What gpu-check.sh runs in Python, and builds with --rivals.
mkdir "$bundle/source"
(cd "$root" && cp --parents -t "$bundle/source" \
  tests/core/test_python_ops.py benchmarks/rivals_step.py benchmarks/kernels/{rivals_cuda.cu,cuda_timing.h} tests/support/device_array.h)
for data in experiments/claims tests/golden tests/vectors; do
  [[ ! -d $root/$data ]] || { mkdir -p "$bundle/$(dirname "$data")" && cp -a "$root/$data" "$bundle/$(dirname "$data")/"; }
done
reference=${ANSER_REFERENCE_DIR:-$root/../shared/reference}
[[ ! -d $reference ]] || cp -a "$reference" "$bundle/reference"
git -C "$root" rev-parse HEAD >"$bundle/commit" 2>/dev/null || echo unknown >"$bundle/commit"

tar -C "$stage" -cf - anser-bundle | gzip -9 >"$archive.new"
size_mb=$((($(stat -c %s "$archive.new") + 999999) / 1000000))
if ((size_mb > limit_mb)); then
  rm -f "$archive.new"
  echo "bundle: $size_mb MB, wanted at most $limit_mb MB: $(du -sm "$bundle"/* | sort -rn | head -n 3 | tr '\n\t' '; ')" >&2
  exit 2
fi
mv "$archive.new" "$archive"
grep -q '^ANSER_CUDA:BOOL=ON' "$build/CMakeCache.txt" ||
  echo "bundle: built without CUDA kernels (scripts/setup.sh --cuda brings a compiler)" >&2
echo "$archive: $size_mb MB, $(find "$bundle/bin" -type f | wc -l) programs, $(find "$bundle/lib" -type f | wc -l) libraries" >&2

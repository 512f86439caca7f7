#!/usr/bin/env bash
# Packs program, tests, benchmarks and what they read into one archive for a GPU machine that has torch 2.11 and a driver,
# and needs no compiler, no packages and no network:   scripts/bundle.sh [ARCHIVE]      (default build/anser-bundle.tar.gz)
# There: tar xf anser-bundle.tar.gz && anser-bundle/gpu-check.sh
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
archive=$(realpath -m "${1:-$root/build/anser-bundle.tar.gz}")
limit_mb=64

"$root/scripts/setup.sh" --tests >&2
stage=$(mktemp -d "$root/build/bundle.XXXXXX")
trap 'rm -rf "$stage"' EXIT
bundle=$stage/anser-bundle
mkdir -p "$bundle"/{bin,lib} "$(dirname "$archive")"

is_program() { [[ -f $1 && -x $1 && $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]]; }
for program in "$root"/build/release/bin/*; do
  is_program "$program" && strip -o "$bundle/bin/$(basename "$program")" "$program"
done

# Every library that is neither torch's, nor NVIDIA's from its wheels, nor the C and C++ run time of every Linux.
ldd "$bundle"/bin/* | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
  grep -vE '/torch/lib/|/nvidia/|/(libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\+\+|libgomp)\.so' |
  xargs -r cp -L -t "$bundle/lib" || true

cp "$root/scripts/gpu-check.sh" "$bundle/"
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
grep -q '^ANSER_CUDA:BOOL=ON' "$root/build/release/CMakeCache.txt" ||
  echo "bundle: built without CUDA kernels (scripts/setup.sh --cuda brings a compiler)" >&2
echo "$archive: $size_mb MB, $(find "$bundle/bin" -type f | wc -l) programs, $(find "$bundle/lib" -type f | wc -l) libraries" >&2

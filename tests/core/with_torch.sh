#!/usr/bin/env bash
# with_torch.sh PYTHON SCRIPT...: runs a script that needs torch, with $ANSER_PYTHON or else PYTHON; exit status 77 (a ctest skip)
# and what is missing where that Python is not there or cannot import torch.
set -euo pipefail
python=${ANSER_PYTHON:-$1}
shift
if [[ ! -x $python ]]; then
  echo "skipped: no Python at $python (scripts/setup.sh --python, or ANSER_PYTHON)"
  exit 77
fi
exec "$python" -c '
import runpy, sys
try:
    import torch
except (ImportError, OSError) as missing:
    print(f"skipped: {sys.executable} cannot import torch: {missing} (scripts/setup.sh --python, or ANSER_PYTHON)")
    sys.exit(77)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"

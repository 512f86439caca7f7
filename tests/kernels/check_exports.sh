#!/usr/bin/env bash
# Fails unless a library exports exactly the functions that a header declares: check_exports.sh NM LIBRARY HEADER
set -euo pipefail
exported=$("$1" -D --defined-only "$2" | awk '$2 != "A" {print $3}' | sort)
declared=$(tr '\n' ' ' <"$3" | grep -oE 'ANSER_API [^;(]*\(' | grep -oE 'anser_[a-z_0-9]+\($' | tr -d '(' | sort)
diff <(printf '%s\n' "$declared") <(printf '%s\n' "$exported") || { echo "the left are declared, the right exported"; exit 1; }
echo "exports: $(wc -l <<<"$exported") functions, all of them declared"

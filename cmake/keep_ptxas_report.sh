#!/usr/bin/env bash
# A compiler launcher: runs the command and writes what ptxas says of its kernels to OBJECT.ptxas, OBJECT being the
# argument after -o; everything else that the compiler says is passed on.
set -uo pipefail
object=''
for ((i = 1; i < $#; i++)); do
  [[ ${!i} != -o ]] || { next=$((i + 1)) object=${!next}; }
done
said=$("$@" 2>&1)
status=$?
ptxas="^ptxas info|^ +[0-9]+ bytes stack frame|^ +Function properties|^ +ptxas"
[[ -z $object ]] || grep -E "$ptxas" <<<"$said" >"$object.ptxas"
grep -vE "$ptxas" <<<"$said" | sed '/^$/d' >&2
exit "$status"

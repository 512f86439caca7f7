#!/usr/bin/env bash
# Reads every #include of the rooms and fails on an arrow that goes back, naming file:line and the rule.
#   check_layers.sh ROOT
# A folder may include the folders its line names; a longer path wins over a shorter one. "torch" stands for LibTorch's headers.
set -euo pipefail
cd "$1"

rules='
kernels          : kernels
core/base        : core/base
core             : kernels core torch
automata         : core/base automata
tasks            : core/base automata tasks
analysis/report  : core/base automata tasks analysis/report
analysis         : kernels core automata tasks analysis torch
experiments      : kernels core automata tasks analysis experiments torch
'

find kernels core automata tasks analysis experiments -type f \
  \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' -o -name '*.inc' \) -print 2>/dev/null | sort |
  RULES=$rules awk '
    function place(path,   best, p) {  # the longest folder of the rules that path lies in
      best = ""
      for (p in allowed) if (index(path "/", p "/") == 1 && length(p) > length(best)) best = p
      return best
    }
    function report(message) {
      printf "%s:%d: %s (%s may include: %s)\n", file, line, message, from, allowed[from]
      bad++
    }
    function check(target, quoted,   n, names, i, to) {
      if (target ~ /^(torch|ATen|c10|caffe2)\//) to = "torch"
      else if (target ~ /^(tests|benchmarks|examples)\//) { report("\"" target "\" is outside the rooms"); return }
      else to = place(target)
      if (to == "" && quoted && system("test -e \"" folder "/" target "\"") == 0) {
        report("\"" target "\" is seen from its own folder, wanted the path from the root"); return
      }
      if (to == "") return
      n = split(allowed[from], names, " ")
      for (i = 1; i <= n; i++) if (to == names[i] || index(to "/", names[i] "/") == 1) return
      report("includes " target)
    }
    BEGIN {
      n = split(ENVIRON["RULES"], lines, "\n")
      for (i = 1; i <= n; i++) if (split(lines[i], half, " *: *") == 2) allowed[half[1]] = half[2]
    }
    {
      file = $0; folder = file; sub(/\/[^\/]*$/, "", folder); from = place(file); line = 0; files++
      while ((getline text < file) > 0) {
        line++
        if (text !~ /^[ \t]*#[ \t]*include[ \t]*["<]/) continue
        quoted = text ~ /include[ \t]*"/
        sub(/^[^"<]*["<]/, "", text); sub(/[">].*$/, "", text)
        includes++
        check(text, quoted)
      }
      close(file)
    }
    END {
      printf "layers: %d files, %d includes, %d against the order\n", files, includes, bad
      exit bad > 0 || files == 0
    }'

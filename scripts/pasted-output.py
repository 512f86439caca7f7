#!/usr/bin/env python3
"""Keeps the output pasted in the documentation true.

    scripts/pasted-output.py docs/how-to/*.md            runs every command anew and writes what it says
    scripts/pasted-output.py --check docs/how-to/*.md    fails where a page says something else

A command is a line "$ ..." in a block fenced by ```console; what follows, up to the next command or the end of the
block, is its output (standard output, then standard error, without progress bars). All commands of a page run in one
scratch folder, in which ./anser is the program (ANSER_PROGRAMS: the folder that holds it, if another); a line "…" stands for lines left out: the lines before it are kept
from the start of the output, those after it from its end.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ELLIPSIS = "…"


def run(command, folder):
    environment = dict(os.environ, ANSER_NO_BUILD=os.environ.get("ANSER_NO_BUILD", "1"), LC_ALL="C.UTF-8")
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    return (done.stdout + done.stderr).rstrip("\n").split("\n") if done.stdout + done.stderr else []


def shortened(output, old):
    """The output with the lines left out that the page leaves out."""
    if ELLIPSIS not in old:
        return output
    at = old.index(ELLIPSIS)
    head, tail = at, len(old) - at - 1
    if len(output) <= head + tail:
        return output
    return output[:head] + [ELLIPSIS] + output[len(output) - tail:]


def renewed(text):
    lines, result, inside, i = text.split("\n"), [], False, 0
    with tempfile.TemporaryDirectory() as folder:
        programs = os.environ.get("ANSER_PROGRAMS")
        program = pathlib.Path(programs) / "anser-light" if programs else ROOT / "anser"
        os.symlink(program, pathlib.Path(folder) / "anser")
        while i < len(lines):
            line = lines[i]
            i += 1
            result.append(line)
            if line.startswith("```"):
                inside = line == "```console"
                continue
            if not inside or not line.startswith("$ "):
                continue
            command = line[2:]
            while command.endswith("\\"):
                command = command[:-1] + lines[i].strip()
                result.append(lines[i])
                i += 1
            old = []
            while not lines[i].startswith(("$ ", "```")):
                old.append(lines[i])
                i += 1
            result += shortened(run(command, folder), old)
    return "\n".join(result)


def main(arguments):
    check = "--check" in arguments
    stale = 0
    for name in (a for a in arguments if a != "--check"):
        page = pathlib.Path(name)
        before = page.read_text(encoding="utf-8")
        after = renewed(before)
        if before == after:
            continue
        stale += 1
        if not check:
            page.write_text(after, encoding="utf-8")
            print(f"{name}: renewed")
            continue
        pairs = zip(before.split("\n"), after.split("\n"))
        number, (old, new) = next((n, p) for n, p in enumerate(pairs, 1) if p[0] != p[1])
        print(f"{name}:{number}: the page says\n  {old}\nand the program\n  {new}\n(scripts/pasted-output.py {name})")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Lets Python import a CUDA build of torch for use on the CPU, without the 1.7 GB of CUDA libraries that it links.

    scripts/cuda_stand_ins.py TORCH_DIR      (the folder that holds lib/libtorch_python.so)

The loader wants those libraries to exist and to define the functions that torch names, even where none is called. For each
library that it does not find, this writes one of the same name into TORCH_DIR/lib whose functions end the program with a
sentence. The real libraries' wheels win over them: torch looks there first. Needs g++ and readelf.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

# Libraries without symbol versions: what their functions begin with.
PREFIXES = {"libnccl.so": ("nccl",), "libcusparseLt.so": ("cusparseLt",), "libcufile.so": ("cuFile",)}

SOURCE = """\
#include <stdio.h>
#include <stdlib.h>
static void called(void) {
  fputs("%(name)s: a stand-in of anser for torch on the CPU, and something called it; "
        "for a GPU use an environment with the whole torch\\n", stderr);
  abort();
}
"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def missing_libraries(library):
    return sorted(set(re.findall(r"^\s*(\S+) => not found", output("ldd", library), re.M)))


def versions(library):
    """Symbol version -> the library that it is asked of."""
    of, file = {}, None
    for line in output("readelf", "-VW", library).split("\n"):
        if found := re.search(r"Version: 1  File: (\S+)", line):
            file = found[1]
        elif file and (found := re.search(r"Name: (\S+)", line)):
            of[found[1]] = file
    return of


def wanted_symbols(libraries):
    """Library -> {symbol: version or ''} over all undefined symbols of the given ones."""
    wanted = collections.defaultdict(dict)
    for library in libraries:
        of = versions(library)
        for symbol in re.findall(r" UND (\S+)", output("readelf", "--dyn-syms", "-W", library)):
            name, _, version = symbol.partition("@")
            version = version.lstrip("@")
            for prefix, begins in PREFIXES.items():
                if not version and name.startswith(begins):
                    wanted[prefix][name] = ""
            if version in of:
                wanted[of[version]][name] = version
    return wanted


def write_stand_in(folder, name, symbols):
    source = SOURCE % {"name": name}
    source += "".join(f'void {symbol}(void) __attribute__((alias("called")));\n' for symbol in sorted(symbols))
    script = "".join(f"{version} {{ global: {' '.join(s + ';' for s in sorted(symbols) if symbols[s] == version)} }};\n"
                     for version in sorted(set(symbols.values()) - {""}))
    with tempfile.TemporaryDirectory() as scratch:
        code, map_, library = (pathlib.Path(scratch) / file for file in ("s.c", "s.map", name))
        code.write_text(source)
        map_.write_text(script)
        command = ["g++", "-xc", "-shared", "-fPIC", "-O1", "-w", f"-Wl,-soname,{name}", "-o", library, code]
        subprocess.run(command + ([f"-Wl,--version-script={map_}"] if script else []), check=True)
        (folder / (name + ".new")).write_bytes(library.read_bytes())
    (folder / (name + ".new")).rename(folder / name)


def main(arguments):
    if len(arguments) != 1 or not (pathlib.Path(arguments[0]) / "lib/libtorch_python.so").exists():
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0]) / "lib"
    wanted = wanted_symbols(sorted(folder.glob("lib*.so")))
    missing = missing_libraries(folder / "libtorch_python.so")
    for name in missing:
        bare = re.sub(r"\.so.*", ".so", name)
        write_stand_in(folder, name, wanted[name] | wanted[bare])
    print(f"stand-ins: {' '.join(missing) or 'none needed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

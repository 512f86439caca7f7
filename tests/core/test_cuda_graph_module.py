"""libanser_cuda_graph.so finds everything that it wants in LibTorch's CUDA library: test_cuda_graph_module.py LIBRARY, where
LIBRARY lies beside it."""
import ctypes
import os
import pathlib
import sys

import torch

library = pathlib.Path(sys.argv[1]).parent / "libanser_cuda_graph.so"
cuda = pathlib.Path(torch.__file__).parent / "lib" / "libtorch_cuda.so"
if not library.exists() or not cuda.exists():
    print(f"skipped: no {library.name if cuda.exists() else cuda.name} here")
    sys.exit(77)
ctypes.CDLL(cuda, mode=os.RTLD_NOW | os.RTLD_GLOBAL)
assert ctypes.CDLL(library, mode=os.RTLD_NOW).anser_make_cuda_graph

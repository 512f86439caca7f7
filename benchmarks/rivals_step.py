#!/usr/bin/env python3
"""Times the S5 training step of benchmarks/bench_step.cpp as PyTorch programs on this machine's CUDA device:

    rivals_step.py [DIR]      DIR: holds, wherever below it, RWKV-LM's rwkv7_clampw_v3*.cu

The recurrence is a loop over tokens, the official kernel (built here from DIR's source, for fp32 tokens like the rest of the
step; its launches are put on the current stream, which alone may be captured), and fla's chunk_rwkv7 (bf16 tokens) where
`import fla` works. Each runs eagerly and as a CUDA graph of the whole step: forward, loss, backward, clipping, fused AdamW.
Prints lines  step <tab> PROGRAM <tab> SHAPE <tab> MICROSECONDS, the median of nine means over 100 steps, by events.
"""
import functools
import pathlib
import re
import statistics
import sys
import tempfile

B, T, D, H, N, RANK, VOCABULARY, LABELS = 64, 32, 64, 1, 64, 16, 11, 120
SHAPE = f"B{B}_T{T}_D{D}_H{H}_N{N}"
CHUNK = 16

BINDING = """
#include <torch/extension.h>
using P = float*;
void cuda_forward_v3(int, int, int, P, P, P, P, P, P, P, P, P);
void cuda_backward_v3(int, int, int, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P);
static P p(const at::Tensor& x) { return x.data_ptr<float>(); }
using X = const at::Tensor&;
void forward(X r, X w, X k, X v, X a, X b, X y, X s, X sa) {
  cuda_forward_v3(r.size(0), r.size(1), r.size(2), p(r), p(w), p(k), p(v), p(a), p(b), p(y), p(s), p(sa));
}
void backward(X r, X w, X k, X v, X a, X b, X dy, X s, X sa, X dr, X dw, X dk, X dv, X da, X db) {
  cuda_backward_v3(r.size(0), r.size(1), r.size(2), p(r), p(w), p(k), p(v), p(a), p(b), p(dy), p(s), p(sa), p(dr), p(dw),
                   p(dk), p(dv), p(da), p(db));
}
PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("forward", forward); m.def("backward", backward); }
"""


def official_kernel(torch, folder):
    """The official kernel as a function of r, w, k, v, a, b [B, T, H, N] -> y; None where DIR has no source."""
    sources = sorted(pathlib.Path(folder).rglob("rwkv7_clampw_v3*.cu")) if folder else []
    if not sources:
        return None
    from torch.utils.cpp_extension import load

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="rivals_step_"))
    stream = r"<<<\1, 0, c10::cuda::getCurrentCUDAStream()>>>"
    kernel, launches = re.subn(r"<<<(.*?)>>>", stream, sources[-1].read_text())
    if launches != 2:
        raise RuntimeError(f"{sources[-1]}: {launches} launches, wanted 2")
    (scratch / "kernel.cu").write_text("#include <c10/cuda/CUDAStream.h>\n" + kernel)
    (scratch / "binding.cpp").write_text(BINDING)
    built = load("rivals_step_official", [str(scratch / "binding.cpp"), str(scratch / "kernel.cu")], build_directory=str(scratch),
                 extra_cuda_cflags=["-O3", "--use_fast_math", "--extra-device-vectorization", "-D_FP32_", f"-D_N_={N}", f"-D_C_={N}",
                                    f"-D_CHUNK_LEN_={CHUNK}"])

    class Official(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tokens):
            tokens = [x.contiguous() for x in tokens]
            y, sa = torch.empty_like(tokens[3]), torch.empty_like(tokens[3])
            states = torch.empty(B, H, T // CHUNK, N, N, device="cuda")
            built.forward(*tokens, y, states, sa)
            ctx.save_for_backward(*tokens, states, sa)
            return y

        @staticmethod
        def backward(ctx, dy):
            *tokens, states, sa = ctx.saved_tensors
            gradients = [torch.empty_like(x) for x in tokens]
            built.backward(*tokens, dy.contiguous(), states, sa, *gradients)
            return tuple(gradients)

    return Official.apply


def fla_kernel(torch):
    """fla's chunk_rwkv7 with RWKV-7's decay logit; None where fla cannot be imported."""
    try:
        from fla.ops.rwkv7 import chunk_rwkv7
    except ImportError:
        return None

    def recurrence(r, w, k, v, a, b):
        log_w = -0.6065306597126334 * torch.sigmoid(w)
        y = chunk_rwkv7(*(x.bfloat16() for x in (r, log_w, k, v, a, b)), scale=1.0, output_final_state=False)
        return (y[0] if isinstance(y, tuple) else y).float()

    return recurrence


def loop_over_tokens(torch, r, w, k, v, a, b):
    decay = torch.exp(-0.6065306597126334 * torch.sigmoid(w))
    state, rows = torch.zeros(r.shape[0], H, N, N, device=r.device), []
    for t in range(r.shape[1]):
        row, column = (lambda x: x[:, t].unsqueeze(-2)), (lambda x: x[:, t].unsqueeze(-1))
        state = state * row(decay) + (state @ column(a)) * row(b) + column(v) * row(k)
        rows.append((state @ column(r)).squeeze(-1))
    return torch.stack(rows, 1)


def make_model(torch, recurrence, device="cuda"):
    """The S5 model (c = 2) with the names of released checkpoints; small random weights, since nothing is learnt."""
    nn, F = torch.nn, torch.nn.functional

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            draw = lambda *shape: nn.Parameter(0.05 * torch.randn(*shape, device=device))
            self.emb, self.head = draw(VOCABULARY, D), draw(LABELS, D)
            self.norms = nn.ModuleDict({name: nn.LayerNorm(D, device=device) for name in ("ln0", "ln1", "ln2", "out")})
            self.ln_x = nn.GroupNorm(H, D, eps=64e-5, device=device)
            self.mu, self.ffn_mu = draw(6, D), draw(D)
            self.receptance, self.key, self.value, self.output = (draw(D, D) for _ in range(4))
            self.w0, self.a0, self.k_k, self.k_a, self.r_k = draw(D), draw(D), draw(D), draw(D), draw(H, N)
            self.inner = nn.ParameterDict({x: draw(D, RANK) for x in "wag"})
            self.outer = nn.ParameterDict({x: draw(RANK, D) for x in "wag"})
            self.ffn_key, self.ffn_value = draw(4 * D, D), draw(D, 4 * D)

        def time_mix(self, h):
            back = F.pad(h, (0, 0, 1, -1)) - h
            in_r, in_w, in_k, in_v, in_a, in_g = (h + back * mu for mu in self.mu)
            heads = lambda x: x.view(*x.shape[:2], H, N)
            r, k, v = F.linear(in_r, self.receptance), F.linear(in_k, self.key), F.linear(in_v, self.value)
            w = self.w0 + torch.tanh(in_w @ self.inner["w"]) @ self.outer["w"]
            a = torch.sigmoid(self.a0 + in_a @ self.inner["a"] @ self.outer["a"])
            g = torch.sigmoid(in_g @ self.inner["g"]) @ self.outer["g"]
            kappa = F.normalize(heads(k * self.k_k), dim=-1)
            key = heads(k * (1 + (a - 1) * self.k_a))
            y = recurrence(heads(r), heads(w), key, heads(v), -kappa, 2 * kappa * heads(a))
            p = self.ln_x(y.reshape(-1, D)).view(h.shape)
            bonus = (heads(r) * key * self.r_k).sum(-1, keepdim=True) * heads(v)
            return F.linear((p + bonus.view(h.shape)) * g, self.output)

        def forward(self, tokens):
            x = self.norms["ln0"](F.embedding(tokens, self.emb))
            x = x + self.time_mix(self.norms["ln1"](x))
            h = self.norms["ln2"](x)
            mixed = h + (F.pad(h, (0, 0, 1, -1)) - h) * self.ffn_mu
            x = x + F.linear(F.relu(F.linear(mixed, self.ffn_key)).square(), self.ffn_value)
            return F.linear(self.norms["out"](x), self.head)

    torch.manual_seed(1)
    return Model()


def make_step(torch, recurrence):
    model = make_model(torch, recurrence)
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=4e-3, betas=(0.9, 0.99), eps=1e-18, weight_decay=0.01, fused=True, capturable=True)
    tokens = torch.randint(VOCABULARY, (B, T), device="cuda")
    labels = torch.randint(LABELS, (B * T,), device="cuda")

    def step():
        optimizer.zero_grad(set_to_none=False)
        torch.nn.functional.cross_entropy(model(tokens).flatten(0, 1), labels).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=True)
        optimizer.step()

    return step


def captured(torch, step):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def microseconds(torch, step, steps=100, repetitions=9):
    for _ in range(10):
        step()
    times = []
    for _ in range(repetitions):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(steps):
            step()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1e3 / steps)
    return statistics.median(times)


def main(arguments):
    if arguments[:1] in (["-h"], ["--help"]) or len(arguments) > 1:
        print(__doc__)
        return 0 if len(arguments) == 1 else 2
    try:
        import torch
    except (ImportError, OSError) as missing:
        print(f"rivals_step: no torch in this Python: {missing}")
        return 0
    if not torch.cuda.is_available():
        print("rivals_step: no CUDA device")
        return 0
    makers = {"loop": lambda: functools.partial(loop_over_tokens, torch),
              "official": lambda: official_kernel(torch, arguments[0] if arguments else None),
              "fla": lambda: fla_kernel(torch)}
    failed = 0
    for name, make in makers.items():
        try:
            recurrence = make()
            if recurrence is None:
                print(f"rivals_step: {name} is left out: " + ("no source was given" if name == "official" else "it cannot be imported"),
                      file=sys.stderr)
                continue
            for way, prepare in {"eager": lambda step: step, "graphed": functools.partial(captured, torch)}.items():
                time = microseconds(torch, prepare(make_step(torch, recurrence)))
                print(f"step\tpytorch_{way}_{name}\t{SHAPE}\t{time:.3f}", flush=True)
        except Exception as failure:  # the others are timed all the same
            print(f"rivals_step: {name} failed: {failure}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""torch.ops.anser as Python sees it: test_python_ops.py LIBRARY [unittest arguments]."""
import sys
import unittest

import torch

torch.ops.load_library(sys.argv.pop(1))
anser = torch.ops.anser
B, T, H, K, V = 2, 19, 2, 8, 16
DTYPES = torch.float32, torch.float64, torch.bfloat16


def inputs(dtype=torch.float32, lead=(B, T), sequences=B, decay="logit", values=V, gradients=True):
    """r, w, k, v, a, b, s0."""
    generator = torch.Generator().manual_seed(1)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    r, w, k, key, rate = (normal(*lead, H, K) for _ in range(5))
    key = key / key.norm(dim=-1, keepdim=True)
    w = {"logit": w, "log": -w.abs() / 3, "direct": w.tanh(), "none": None}[decay]
    tokens = r, w, k, normal(*lead, H, values), -0.8 * key, key * rate.sigmoid()
    state = normal(sequences, H, values, K)
    typed = [None if x is None else x.to(dtype) for x in tokens]
    typed.append(state.to(torch.float64 if dtype == torch.float64 else torch.float32))
    return [None if x is None else x.requires_grad_(gradients) for x in typed]


def values_and_gradients(function, tensors):
    leaves = [x.detach().requires_grad_() for x in tensors]
    outputs = function(*leaves)
    total = sum((y.double() * torch.arange(y.numel()).reshape(y.shape).cos()).sum() for y in outputs)
    return [*outputs, *torch.autograd.grad(total, leaves)]


class Recurrence(unittest.TestCase):
    def equal(self, got, wanted):
        for x, y in zip(got, wanted, strict=True):
            self.assertTrue(torch.equal(x, y))

    def test_every_operator_is_there_after_one_load(self):
        for name in ("recurrence recurrence_snapshots recurrence_decode recurrence_forward recurrence_backward wkv7 "
                     "token_shift key_preparation read_out layer_norm squared_relu cross_entropy").split():
            self.assertTrue(hasattr(anser, name), name)

    def test_opcheck(self):
        for dtype in DTYPES:
            x = inputs(dtype)
            torch.library.opcheck(anser.recurrence.default, tuple(x))
            torch.library.opcheck(anser.recurrence_forward.default, (*x, None, "logit", "after", 0, False, True))
            token = [y.detach()[:, 0].contiguous() for y in x[:6]]
            torch.library.opcheck(anser.recurrence_decode.default, (*token, x[6].detach().clone()))
        torch.library.opcheck(anser.wkv7.default, tuple(inputs(values=K)))
        packed = (*inputs(lead=(10,), sequences=3), torch.tensor([0, 3, 3, 10]))
        torch.library.opcheck(anser.recurrence.default, packed)
        torch.library.opcheck(anser.recurrence_snapshots.default, packed, {"interval": 2})

    def test_gradcheck_in_double(self):
        for decay in ("logit", "log", "direct", "none"):
            for read in ("after", "before"):
                x = inputs(torch.float64, lead=(1, 3), sequences=1, decay=decay, values=8)

                def call(*given):
                    given = list(given)
                    if decay == "none":
                        given.insert(1, None)
                    return anser.recurrence(*given, decay=decay, read=read)

                torch.autograd.gradcheck(call, [y for y in x if y is not None])

    def test_wkv7_is_a_case_of_the_recurrence(self):
        x = inputs(values=K)
        self.equal(values_and_gradients(anser.wkv7, x), values_and_gradients(anser.recurrence, x))

    def test_compiled_equals_eager(self):
        for dtype in DTYPES:
            for dynamic in (False, True):
                torch._dynamo.reset()

                def model(*x):
                    y, last = anser.recurrence(*x)
                    return y.tanh(), last * 2

                compiled = torch.compile(model, fullgraph=True, dynamic=dynamic, backend="aot_eager")
                for length in (T, 33):
                    x = inputs(dtype, lead=(B, length))
                    self.equal(values_and_gradients(compiled, x), values_and_gradients(model, x))

    def test_compiled_pack_and_decode(self):
        torch._dynamo.reset()
        starts = torch.tensor([0, 3, 3, 10])

        def pack(*x):
            return anser.recurrence(*x, starts, decay="log", read="before")

        x = inputs(lead=(10,), sequences=3, decay="log")
        compiled = torch.compile(pack, fullgraph=True, backend="aot_eager")
        self.equal(values_and_gradients(compiled, x), values_and_gradients(pack, x))

        def decode(*x):
            return anser.recurrence_decode(*x) + 1

        token = [y.detach()[:, 0].contiguous() for y in inputs()[:6]]
        states = inputs(gradients=False)[6], inputs(gradients=False)[6]
        y = torch.compile(decode, fullgraph=True, backend="aot_eager")(*token, states[0])
        self.equal([y, states[0]], [decode(*token, states[1]), states[1]])

    def test_traced_for_cuda_a_call_names_its_kernel(self):
        # Without a device the rule knows of no shared memory and says sequential; a named kernel is kept.
        from torch._subclasses.fake_tensor import FakeTensorMode
        from torch.fx.experimental.proxy_tensor import make_fx

        def call(r, kernel="auto"):
            return anser.recurrence(r, None, r, r, decay="none", kernel=kernel)

        def checkpoints(dtype, length, kernel):
            with FakeTensorMode():
                r = torch.empty(B, length, H, 16, dtype=dtype, device="cuda")
                graph = make_fx(call)(r, kernel)
            forward = next(node for node in graph.graph.nodes if "recurrence_forward" in str(node.target))
            named = [x for x in forward.args if x in ("sequential", "chunked")] or [forward.kwargs.get("kernel", "auto")]
            with FakeTensorMode():
                r = torch.empty(B, length, H, 16, dtype=dtype, device="cuda")
                kept = anser.recurrence_forward(r, None, r, r, None, None, None, None, "none", "after", 0, False, True,
                                                named[0])[2]
            self.assertEqual(kept.device.type, "cuda")
            return named[0], kept.numel() // (B * H * 16 * 16)

        if torch.cuda.is_available():
            self.skipTest("there is a device")
        self.assertEqual(checkpoints(torch.float32, 70, "auto"), ("sequential", 5))
        self.assertEqual(checkpoints(torch.float64, 70, "auto"), ("sequential", 5))
        self.assertEqual(checkpoints(torch.bfloat16, 70, "auto"), ("sequential", 5))
        self.assertEqual(checkpoints(torch.bfloat16, 70, "chunked"), ("chunked", 2))

    def test_a_pack_is_its_sequences_one_by_one(self):
        offsets = [0, 5, 5, 22, 23]

        def apart(*x):
            parts = [anser.recurrence(*(y[None, i:j] for y in x[:6]), x[6][s:s + 1].contiguous())
                     for s, (i, j) in enumerate(zip(offsets, offsets[1:]))]
            return torch.cat([y[0] for y, _ in parts]), torch.cat([last for _, last in parts])

        for dtype in DTYPES:
            x = inputs(dtype, lead=(23,), sequences=4)
            packed = values_and_gradients(lambda *x: anser.recurrence(*x, torch.tensor(offsets)), x)
            self.equal(packed, values_and_gradients(apart, x))

    def test_decode_is_the_sequence_token_by_token(self):
        for dtype in DTYPES:
            *x, state = inputs(dtype, gradients=False)
            y, last, snapshots = anser.recurrence_snapshots(*x, state.clone(), interval=1)
            for t in range(T):
                token = anser.recurrence_decode(*(z[:, t].contiguous() for z in x), state)
                self.equal([token, state], [y[:, t], snapshots[:, t]])
            self.equal([state], [last])

    def test_no_second_derivative(self):
        x = inputs()
        y, _ = anser.recurrence(*x)
        with self.assertRaisesRegex(RuntimeError, "a second derivative was asked for, wanted first derivatives alone"):
            torch.autograd.grad(y.sum(), x, create_graph=True)

    def test_bad_input_is_one_sentence(self):
        r, w, k, v, a, b, s0 = inputs(gradients=False)
        not_finite = k.clone()
        not_finite[1, 2, 0, 5] = torch.nan
        token = [x[:, 0].contiguous() for x in (r, w, k, v, a, b)]
        pack = [x[0].contiguous() for x in (r, w, k, v)]
        wrong = {
            "k has shape [2, 19, 2, 16], wanted [2, 19, 2, 8]": lambda: anser.recurrence(r, w, v, v),
            "v is double, wanted float": lambda: anser.recurrence(r, w, k, v.double()),
            "r is Half, wanted float, bfloat16 or double": lambda: anser.recurrence(r.half(), w, k, v),
            "a is not contiguous, wanted a contiguous tensor [2, 19, 2, 8]":
                lambda: anser.recurrence(r, w, k, v, a.mT.contiguous().mT, b),
            "k is on meta, wanted cpu": lambda: anser.recurrence(r, w, k.to("meta"), v),
            "b is missing, wanted both a and b or neither": lambda: anser.recurrence(r, w, k, v, a),
            "K, the last axis of r, is 4, wanted a multiple of 8 in 8..128":
                lambda: anser.recurrence(*(x[..., :4].contiguous() for x in (r, w, k, v))),
            "decay is 'exp', wanted logit, log, direct or none": lambda: anser.recurrence(r, w, k, v, decay="exp"),
            "kernel is 'fast', wanted auto, sequential or chunked": lambda: anser.recurrence(r, w, k, v, kernel="fast"),
            "kernel is 'chunked', wanted auto on cpu: kernels of CUDA alone are named":
                lambda: anser.recurrence(r, w, k, v, kernel="chunked"),
            "read is 'now', wanted after or before": lambda: anser.recurrence(r, w, k, v, read="now"),
            "s0 has shape [2, 2, 8, 8], wanted [2, 2, 16, 8]": lambda: anser.recurrence(r, w, k, v, a, b, s0[:, :, :8]),
            "cu_seqlens is 3, wanted offsets that start at 0, never fall and end at shape.time":
                lambda: anser.recurrence(*pack, cu_seqlens=torch.tensor([0, 7, 3, T])),
            "cu_seqlens is Int, wanted int64": lambda: anser.recurrence(*pack, cu_seqlens=torch.tensor([0, T]).int()),
            "k at [1, 2, 0, 5] is nan, wanted finite numbers": lambda: anser.recurrence(r, w, not_finite, v, check=True),
            "a gradient was asked for, wanted recurrence for that, or torch.no_grad() around the call":
                lambda: anser.recurrence_decode(*token[:5], token[5].requires_grad_(), s0),
        }
        for message, call in wrong.items():
            with self.subTest(message), self.assertRaises(RuntimeError) as raised:
                call()
            self.assertEqual(str(raised.exception).split(": ", 1)[1], message)


@unittest.skipUnless(torch.cuda.is_available(), "skipped: torch sees no CUDA device here")
class OnDevice(unittest.TestCase):
    """Against the CPU: relative norms, since sums go in another order there."""

    def near(self, got, wanted, tolerance):
        for x, y in zip(got, wanted, strict=True):
            x, y = x.detach().double().cpu(), y.detach().double()
            self.assertLessEqual((x - y).norm().item(), tolerance * y.norm().item())

    def both(self, function, tensors, tolerance):
        def on_device(*x):
            return [y.cpu() for y in function(*(z.cuda() for z in x))]

        self.near(values_and_gradients(on_device, tensors), values_and_gradients(function, tensors), tolerance)

    def test_values_and_gradients(self):
        tolerances = {torch.float32: 6e-6, torch.float64: 1e-12, torch.bfloat16: 2e-2}
        starts = torch.tensor([0, 3, 3, T])
        for dtype, tolerance in tolerances.items():
            for decay in ("logit", "log", "direct"):
                self.both(lambda *x: anser.recurrence(*x, decay=decay), inputs(dtype, decay=decay), tolerance)
                packed = inputs(dtype, lead=(T,), sequences=3, decay=decay)
                self.both(lambda *x: anser.recurrence(*x, starts, decay=decay, read="before"), packed, tolerance)

    def test_named_kernels(self):
        generator = torch.Generator().manual_seed(3)
        x = [torch.randn(B, 70, H, 16, generator=generator).mul(0.3).bfloat16() for _ in range(6)]

        def call(kernel):
            return lambda *x: anser.wkv7(*x, kernel=kernel if x[0].is_cuda else "auto")

        for kernel in ("auto", "chunked", "sequential"):
            self.both(call(kernel), x, 2e-2)

    def test_decode_check_and_compile(self):
        *x, state = (y.cuda() for y in inputs(gradients=False))
        y, last = anser.recurrence(*x, state.clone(), check=True)
        for t in range(T):
            token = anser.recurrence_decode(*(z[:, t].contiguous() for z in x), state)
            self.assertTrue(torch.equal(token, y[:, t]))
        self.assertTrue(torch.equal(state, last))
        x[2][1, 2, 0, 5] = torch.nan
        with self.assertRaisesRegex(RuntimeError, r"k at \[1, 2, 0, 5\] is nan"):
            anser.recurrence(*x, check=True)
        compiled = torch.compile(lambda *x: anser.recurrence(*x), fullgraph=True, dynamic=True, backend="aot_eager")
        x = [y.cuda() for y in inputs(torch.bfloat16, gradients=False)]
        self.assertTrue(torch.equal(compiled(*x)[0], anser.recurrence(*x)[0]))

    def test_a_captured_call_on_a_stream_of_its_own(self):
        x = [y.cuda() for y in inputs(lead=(T,), sequences=3, gradients=False)]
        starts = torch.tensor([0, 3, 3, T]).pin_memory()
        wanted = anser.recurrence(*x, starts)[0]
        stream, graph = torch.cuda.Stream(), torch.cuda.CUDAGraph()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self.assertTrue(torch.equal(anser.recurrence(*x, starts)[0], wanted))
        with torch.cuda.graph(graph, stream=stream):
            y = anser.recurrence(*x, starts)[0]
        y.zero_()
        graph.replay()
        torch.cuda.synchronize()
        self.assertTrue(torch.equal(y, wanted))


if __name__ == "__main__":
    unittest.main(verbosity=2)

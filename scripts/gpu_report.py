#!/usr/bin/env python3
"""Writes the report of gpu-check.sh to standard output:  gpu_report.py RESULTS CUDA_KERNELS.TXT"""
import json
import pathlib
import re
import sys

# Benchmark row: microseconds asked for and hoped for (H200).
ASKED = {
    "forward/chunked/bf16/B8_T4096_H32_N64": (650, 450),
    "backward/chunked/bf16/B8_T4096_H32_N64": (1400, 1000),
    "forward/chunked/bf16/B64_T512_H4_N64": (90, 65),
    "backward/chunked/bf16/B64_T512_H4_N64": (190, 140),
}
SANITIZED_CASES = 12


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"


def read_units(results, stage):
    """[(state, name, seconds)] of a stage; none where it has not run."""
    file = results / stage / "units.tsv"
    return [line.split("\t") for line in file.read_text().splitlines()] if file.exists() else []


def stage_row(results, stage):
    units = read_units(results, stage)
    count = {state: sum(unit[0] == state for unit in units) for state in ("passed", "failed", "open")}
    why = results / stage / "why-open.txt"
    note = why.read_text().strip() if why.exists() else ""
    if (results / stage / "unfinished").exists():
        note = "unfinished: the same command goes on"
    elif not units:
        note = note or "has not run"
    elif count["open"] and not note:
        note = "no sources given, or no torch" if stage == "rivals" else "no CUDA device, or no torch"
    return stage, count["passed"], count["failed"], count["open"], note


def read_benchmarks(results):
    """Benchmark row -> its medians, or its error message."""
    rows = {}
    for file in sorted((results / "benchmarks").glob("*.json")):
        try:
            measured = json.loads(file.read_text())["benchmarks"]
        except ValueError:  # nothing was measured, or it was cut off
            continue
        for row in measured:
            name = row["run_name"].split("/iterations:")[0]
            if row.get("error_occurred"):
                rows[name] = row["error_message"]
            elif row.get("aggregate_name") == "median":
                rows.setdefault(name, {}).update(row)
            elif row.get("aggregate_name") == "cv":
                rows.setdefault(name, {})["cv"] = row["real_time"]
    return rows


def verdict(units, wanted=None):
    failed = [name for state, name, _ in units if state == "failed"]
    passed = sum(state == "passed" for state, _, _ in units)
    if failed:
        return f"**not reached**: {len(failed)} failed"
    if passed == 0 or passed < (wanted or len(units)):
        return f"open ({passed} of {wanted or len(units) or 'all'} passed)"
    return f"reached ({passed} passed)"


def acceptance(results, rows):
    answer = []
    for name, (asked, goal) in ASKED.items():
        seen = rows.get(name)
        if not isinstance(seen, dict) or "us" not in seen:
            answer.append((name, f"≤ {asked} µs", f"{goal} µs", "–", f"open: {seen}" if seen else "open"))
            continue
        state = "goal reached" if seen["us"] <= goal else "reached" if seen["us"] <= asked else "**not reached**"
        answer.append((name, f"≤ {asked} µs", f"{goal} µs", f"{seen['us']:.1f} µs", state))
    tests = [unit for unit in read_units(results, "tests") if unit[1].startswith("test_cuda_device: ")]
    answer.append(("case table, drift, bits of a run, of a batch and of a captured call", "all pass", "", "", verdict(tests)))
    for tool in ("memcheck", "racecheck"):
        units = read_units(results, tool)
        answer.append((f"compute-sanitizer {tool}", f"{SANITIZED_CASES} cases clean", "", "", verdict(units, SANITIZED_CASES)))
    rivals = {name for (direction, _), of_rival in read_rivals(results).items() if direction != "step" for name in of_rival}
    answer.append(("rivals in the same run", "told", "", "", "told" if rivals else "open"))
    answer.append(("S5 step against PyTorch eager and CUDA-graphed, official kernel", "told", "", "", step_state(results, rows)))
    return answer


def step_times(results, rows):
    """Program -> µs of a step: ours, then the rivals."""
    times = {name.split("/")[1]: row["us"] for name, row in rows.items()
             if name.startswith("step/") and isinstance(row, dict) and "us" in row}
    for (direction, _), of_rival in read_rivals(results).items():
        times.update(of_rival if direction == "step" else {})
    return times


def step_state(results, rows):
    missing = {"captured", "pytorch_eager_official", "pytorch_graphed_official"} - step_times(results, rows).keys()
    return "open: without " + ", ".join(sorted(missing)) if missing else "told"


def step_table(results, rows):
    times = step_times(results, rows)
    if not times:
        return "Nothing was measured.\n"
    ours = times.get("captured")
    body = []
    for name, us in times.items():
        several = re.fullmatch(r"captured_(\d+)_models", name)
        models = int(several[1]) if several else 1
        body.append((name, f"{us:.1f}", f"{1e6 * models / us:.0f}", f"{us / models / ours:.2f}" if ours else "–"))
    return table(("program", "µs a step", "models' steps a second", "time of a model's step / captured"), body)


def read_rivals(results):
    """(pass, shape) -> {rival: µs}"""
    times = {}
    for file in sorted((results / "rivals").glob("*.tsv")):
        for cells in (line.split("\t") for line in file.read_text().splitlines()):
            if len(cells) == 4:
                times.setdefault((cells[0], cells[2]), {})[cells[1]] = float(cells[3])
    return times


def measured_table(rows):
    body = [
        (name, f"{row['us']:.1f}", f"{100 * row.get('cv', 0):.1f} %", f"{row['bytes']:.3g}", f"{100 * row['of_copy']:.0f} %",
         f"{row['flops']:.3g}", f"{100 * row['of_fma']:.0f} %")
        for name, row in rows.items() if isinstance(row, dict) and "bytes" in row
    ]
    body += [(name, row, "", "", "", "", "") for name, row in rows.items() if isinstance(row, str)]
    if not body:
        return "Nothing was measured.\n"
    probe = rows.get("probe", {})
    head = ""
    if isinstance(probe, dict) and "bytes_per_second" in probe:
        head = (f"Probes: copy {probe['bytes_per_second'] / 1e12:.2f} TB/s read and written, fp32 multiply-adds "
                f"{probe['flops_per_second'] / 1e12:.1f} TFLOP/s.\n\n")
    return head + table(("row", "µs", "spread (cv)", "bytes", "of copy", "FLOP", "of multiply-adds"), body)


def rival_table(results, rows):
    times = {key: of_rival for key, of_rival in read_rivals(results).items() if key[0] != "step"}
    if not times:
        return "None was timed: `--rivals DIR` with their sources builds and times them.\n"
    body = []
    for (direction, shape), of_rival in times.items():
        for kernel in ("chunked/bf16", "sequential/float"):
            ours = rows.get(f"{direction}/{kernel}/{shape}")
            if isinstance(ours, dict) and "us" in ours:
                body += [(direction, shape, kernel, f"{ours['us']:.1f}", rival, f"{us:.1f}", f"{us / ours['us']:.2f}")
                         for rival, us in of_rival.items()]
    return table(("pass", "shape", "ours", "µs", "rival", "µs", "rival / ours"), body)


def kernel_table(file):
    """The hot kernels of cuda_kernels.txt on sm_80 and sm_90a; a kernel's name may hold spaces."""
    if not file.exists():
        return "The bundle holds no cuda_kernels.txt.\n"
    kernels = {}
    for line in file.read_text().splitlines()[1:]:
        found = re.match(r"(sm_80|sm_90a) +(\w+<(\d+), (\S+)>) +(\d+) +(\d+) +(\d+) +(\d+)$", line)
        if not found:
            continue
        chip, name, size, kind, registers, _, spills, shared = found.groups()
        hot = int(size) <= 64 if name.startswith("chunk_") else int(size) <= 8 and kind == "float"
        if hot:
            kernels.setdefault((name, shared), {})[chip] = (registers, spills)
    numbers = lambda of, chip: " / ".join(of.get(chip, ("–", "–")))
    order = lambda key: (key[0][0].split("<")[0], int(re.search(r"\d+", key[0][0]).group()), key[0][0])
    return table(("kernel", "sm_80: registers / spilled bytes", "sm_90a", "shared bytes a block"),
                 [(f"`{name}`", numbers(of, "sm_80"), numbers(of, "sm_90a"), shared)
                  for (name, shared), of in sorted(kernels.items(), key=order)])


def main():
    results, kernels = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    machine = results / "machine" / "machine.txt"
    rows = read_benchmarks(results)
    failed = [(stage, name) for stage in ("tests", "memcheck", "racecheck", "benchmarks", "rivals")
              for state, name, _ in read_units(results, stage) if state == "failed"]
    print("# CUDA kernels on this machine\n")
    print("\n".join("- " + line for line in machine.read_text().splitlines()) + "\n" if machine.exists() else "Machine: has not run.\n")
    print("## Asked and seen\n")
    print(table(("row", "asked (H200)", "goal", "seen", "state"), acceptance(results, rows)))
    print("## Stages\n")
    print(table(("stage", "passed", "failed", "open", "note"),
                [stage_row(results, stage) for stage in ("machine", "tests", "memcheck", "racecheck", "benchmarks", "rivals")]))
    if failed:
        print("Failed:\n\n" + "\n".join(f"- {stage}: {name}" for stage, name in failed) + "\n")
    print("## Measured\n")
    print(measured_table(rows))
    print("## The S5 step\n")
    print(step_table(results, rows))
    print("## Rivals\n")
    print(rival_table(results, rows))
    print("## Registers, spills and shared memory of the hot kernels (ptxas)\n")
    print(kernel_table(kernels), end="")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The built binary beside the tools that people have, on the same inputs, in alternating runs: medians of wall time and CPU
time as ratios, and peak memory. Needs Rust, Go (go tool pprof; gostackparse and panicparse come through Go's module proxy,
and are left out where that cannot be had) and Linux.

    python3 benches/side_by_side.py [DIR]     # inputs are made once in DIR (2 GB), a temporary folder if none is named
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUNS = 7
CAPTURES = 10_000

PEERS = {
    "gostackparse": (
        "github.com/DataDog/gostackparse",
        """package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/DataDog/gostackparse"
)

func main() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	goroutines, errs := gostackparse.Parse(bufio.NewReader(f))
	fmt.Println(len(goroutines), len(errs))
}
""",
    ),
    "panicparse": (
        "github.com/maruel/panicparse/v2/stack",
        """package main

import (
	"fmt"
	"io"
	"os"

	"github.com/maruel/panicparse/v2/stack"
)

func main() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	snapshot, _, err := stack.ScanSnapshot(f, io.Discard, stack.DefaultOpts())
	if snapshot == nil {
		panic(err)
	}
	fmt.Println(len(snapshot.Aggregate(stack.AnyPointer).Buckets))
}
""",
    ),
}


def run(*command, **options):
    subprocess.run(command, check=True, **options)


def built(folder):
    """The binaries, by name; those that cannot be had are left out."""
    # Built apart: the binary must not get the features that an example needs.
    run("cargo", "build", "--profile", "dist", "--locked", cwd=ROOT)
    run("cargo", "build", "--profile", "dist", "--locked", "--features", "bench", "--example", "inflate_alone", cwd=ROOT)
    # Copied, as an installation does: what the linker wrote, a little at a time, can be slower to be mapped.
    binaries = {}
    for name in ("leakscope", os.path.join("examples", "inflate_alone")):
        copy = os.path.join(folder, os.path.basename(name))
        shutil.copy(os.path.join(ROOT, "target", "dist", name), copy)
        binaries[os.path.basename(name)] = copy
    pprof = os.path.join(folder, "pprof")
    if not os.path.exists(pprof):
        run("go", "build", "-o", pprof, "cmd/pprof")
    binaries["pprof"] = pprof
    for name, (module, source) in PEERS.items():
        place = os.path.join(folder, name)
        binary = os.path.join(place, name)
        if not os.path.exists(binary):
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, "main.go"), "w") as out:
                out.write(source)
            with open(os.path.join(place, "go.mod"), "w") as out:
                out.write(f"module {name}\n\ngo 1.26\n")
            try:
                run("go", "get", module, cwd=place, stderr=subprocess.DEVNULL)
                run("go", "build", "-o", binary, ".", cwd=place)
            except subprocess.CalledProcessError:
                print(f"{name} cannot be had and is left out")
                continue
        binaries[name] = binary
    return binaries


def once(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def beside(what, ours, name, theirs, runs=RUNS):
    """One line of the table."""
    once(ours)
    once(theirs)
    pairs = [(once(ours), once(theirs)) for _ in range(runs)]
    own = [statistics.median(pair[0][part] for pair in pairs) for part in range(3)]
    other = [statistics.median(pair[1][part] for pair in pairs) for part in range(3)]
    wall, cpu, memory = other[0] / own[0], other[1] / max(own[1], 1e-4), own[2] / other[2]
    print(
        f"| {what} | {name} | {own[0] * 1000:.1f} ms | {wall:.{2 if wall < 1 else 1}f} | {cpu:.{2 if cpu < 1 else 1}f} | {own[2]:.0f} MB | {memory:.2f} |",
        flush=True,
    )


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(tempfile.gettempdir(), "leakscope-side-by-side")
    os.makedirs(folder, exist_ok=True)
    binaries = built(folder)
    if not os.path.exists(os.path.join(folder, "captures")):
        run("cargo", "run", "--profile", "dist", "--locked", "--features", "bench", "--example", "make_profiles", folder, cwd=ROOT)
    leakscope, pprof = binaries["leakscope"], binaries["pprof"]
    at = lambda name: os.path.join(folder, name)
    print("| input | against | ours | faster, wall | faster, CPU | peak memory | of theirs |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for what, name, runs in [
        ("65,536 stacks", "stacks.pb.gz", RUNS),
        ("50,000 label sets", "labels.pb.gz", 3),
        ("a small service", "small.pb.gz", 40),
    ]:
        ours, asked = [leakscope, "top", at(name)], ["-top", "-nodecount=20", at(name)]
        beside(what, ours, "go tool pprof -top", [pprof, *asked], runs)
        # From Go 1.25 on the command looks for the tool in its build cache first, each time.
        beside(what, ours, "the same, by `go tool`", ["go", "tool", "pprof", *asked], min(runs, 9))
    beside(
        "diff of two large",
        [leakscope, "diff", at("before.pb.gz"), at("stacks.pb.gz")],
        "go tool pprof -diff_base",
        [pprof, "-top", "-diff_base", at("before.pb.gz"), at("stacks.pb.gz")],
    )
    beside("a small service", [leakscope, "top", at("small.pb.gz")], "leakscope --version", [leakscope, "--version"], 40)
    if "gostackparse" in binaries:
        beside("traceback of 64 MiB", [leakscope, "top", at("traceback.txt")], "gostackparse", [binaries["gostackparse"], at("traceback.txt")])
    if "panicparse" in binaries:
        beside("traceback of 4 MiB", [leakscope, "top", at("short.txt")], "panicparse", [binaries["panicparse"], at("short.txt")], 1)
    long = [leakscope, "top", "--max-input", "2GiB", at("long.txt")]
    beside("traceback of 1 GiB", long, "its own 64 MiB", [leakscope, "top", at("traceback.txt")], 3)
    for what, series in [
        (f"{CAPTURES:,} captures of 30 KB", "captures"),
        ("1,000 captures, 9,000 recursing stacks each", "recursing"),
    ]:
        folders = sorted(os.listdir(at(series)))
        files = [os.path.join(at(series), folder, "goroutine.pb.gz") for folder in folders]
        ours, inflate = [leakscope, "diff", at(series)], [binaries["inflate_alone"], *files]
        beside(f"{what}, one core", ["taskset", "1", *ours], "inflate alone, one core", ["taskset", "1", *inflate], 3)
        beside(what, ours, "itself on one core", ["taskset", "1", *ours], 3)


if __name__ == "__main__":
    main()

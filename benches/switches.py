#!/usr/bin/env python3
"""What each mechanism that exists for speed brings: instructions (callgrind) with one switched off, relative to all on. Prints the table
of docs/performance.md. Needs Rust, valgrind and Linux; src/engine/switches.rs lists the mechanisms.

    python3 benches/switches.py DIR     # the folder that benches/side_by_side.py or make_profiles wrote its inputs to
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CAPTURES = 300

# The mechanism, what it is, its file, and the inputs on which it matters.
MECHANISMS = [
    ("trie", "trie of stack states", "stacks/trie.rs", ["stacks"]),
    ("front-coding", "shared prefix of neighbouring stacks (front coding)", "storage/prefix_cursor.rs", ["stacks", "captures"]),
    ("stacks-in-buffer", "stacks that stay in the profile's buffer", "storage/stack_arena.rs", ["stacks"]),
    ("fast-path", "fast path for messages as Go encodes them", "decode/pprof/fast_path.rs", ["stacks", "labels", "captures"]),
    ("line-cache", "cache of parsed lines", "decode/traceback/line_cache.rs", ["traceback"]),
    ("frame-prediction", "prediction of the next frame", "decode/traceback/line_cache.rs", ["traceback"]),
    ("stack-cache", "cache of known stacks in a series", "series/stack_cache.rs", ["captures"]),
    ("details-needed", "details only from the latest snapshot of a row", "series/batch.rs", ["ignore", "site"]),
]


def inputs(folder):
    captures = os.path.join(folder, "captures")
    # One folder a capture; a diff of the first few hundred.
    first = [os.path.join(captures, name) for name in sorted(os.listdir(captures))[:CAPTURES]]
    return {
        "stacks": ("65,536 stacks", ["top", os.path.join(folder, "stacks.pb.gz")]),
        "labels": ("50,000 label sets", ["top", os.path.join(folder, "labels.pb.gz")]),
        "traceback": ("traceback of 4 MiB", ["top", os.path.join(folder, "short.txt")]),
        "captures": (f"{CAPTURES} captures of 30 KB", ["diff", *first]),
        "ignore": (f"{CAPTURES} captures, `--ignore`", ["diff", "--ignore", "nothing", *first]),
        "site": (f"{CAPTURES} captures, `--by site`", ["diff", "--by", "site", *first]),
    }


def instructions(binary, arguments, off):
    # One core: callgrind runs one thread at a time, so waiting for others would count.
    environment = {**os.environ, "LEAKSCOPE_OFF": ",".join(["cores", *off])}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary, *arguments]
    run = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = os.path.join(ROOT, "target", "switches")
    build = ["cargo", "build", "--profile", "dist", "--locked", "--features", "bench", "--bin", "leakscope"]
    subprocess.run([*build, "--target-dir", target], cwd=ROOT, check=True)
    binary = os.path.join(target, "dist", "leakscope")
    known = inputs(sys.argv[1])
    baseline = {}
    print("| mechanism | where | input | with, million instructions | without | `LEAKSCOPE_OFF=` |\n|---|---|---|--:|--:|---|")
    for off, name, where, names in MECHANISMS:
        for key in names:
            words, arguments = known[key]
            if key not in baseline:
                baseline[key] = instructions(binary, arguments, [])
            share = instructions(binary, arguments, [off]) / baseline[key] - 1
            print(f"| {name} | `{where}` | {words} | {baseline[key] / 1e6:.1f} | {share:+.1%} | `{off}` |", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What `leakscope fix` does with programs whose leaks are known: the patch of each finding, or why there is none. With --run, each patch
is applied to a copy, formatted, built, vetted and run, and the goroutines that it is for are counted before and after.

    LEAKSCOPE_SHARED=DIR python3 benches/patches.py lab|goker|services [--run] [--programs] [--only NAME] [--bin PATH]

lab: the server of lab/src/leaksrv, one scenario after the other, captured while it runs.
goker: the captures of Go's own leaking programs, whose source is in Go's tree. services: the captures of services/NAME.
Needs Go and git. The last line has the figures; the exit code is 1 if a patch that ran does harm."""

import argparse
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.environ.get("LEAKSCOPE_SHARED", "")
GO = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=mod")
RUNS = 6
REQUESTS = 10


def run(*command, cwd=None, env=None, timeout=300):
    return subprocess.run(command, cwd=cwd, env=env or GO, capture_output=True, text=True, timeout=timeout)


def findings(inputs, source):
    """Of each finding with source: the function that its goroutines wait in, and its verdicts."""
    done = run(OPTIONS.bin, "diff" if len(inputs) > 1 else "top", *inputs, "--source", source, "--format", "json")
    if not done.stdout.startswith("{"):
        sys.exit(f"{inputs[-1]}: {done.stderr}")
    report = json.loads(done.stdout)
    sites = {it["fingerprint"]: (it["site_in_user_code"] or it["site"] or it["entry"] or {}).get("function", "") for it in report["groups"]}
    for finding in report["findings"]:
        first = finding.get("source")
        if first:
            yield sites.get(finding["fingerprint"], ""), [first, *(first.get("others") or [])]


def show(name, extra, verdicts, patches):
    """Prints the verdicts of a finding, and keeps their patches, each diff once."""
    for verdict in verdicts:
        patch, place = verdict.get("patch"), verdict.get("place") or {}
        if verdict is not verdicts[0] and not patch:
            continue
        at = f"{place.get('file', '-')}:{place.get('line', 0)}"
        what = f"{verdict['verdict']} {verdict['cause']}"
        if patch:
            said = f"{patch['tier'].upper()}: {patch['title']}"
            patches.setdefault(patch["diff"], (name, extra, verdict))
        else:
            said = verdict.get("refused") or verdict.get("sentence", "")[:150]
        print(f"{name:24} {at:34} {what:34} {said}", flush=True)


def count_at(dump, site, only=""):
    """How many goroutines of a traceback have a frame in a function, of those whose state says `only`."""
    start = site.replace("[...]", "[") + "("
    blocks = (block.splitlines() for block in dump.split("\n\n"))
    frame = lambda line: line.startswith(start) or line.startswith(site + "(")
    return sum(1 for block in blocks if block and only in block[0] and any(frame(line) for line in block))


def check(copy, patch, harm, packages="./..."):
    """Applies a patch to a copy and has Go look at it; whether it is fine."""
    with open(os.path.join(copy, "a.diff"), "w") as file:
        file.write(patch["diff"])
    files = sorted(set(re.findall(r"^\+\+\+ b/([^\t\n]+)", patch["diff"], re.M)))
    untidy = set(run("gofmt", "-l", *files, cwd=copy).stdout.split())
    warned = vet(copy, packages)
    applied = run("git", "apply", "a.diff", cwd=copy)
    os.remove(os.path.join(copy, "a.diff"))
    if applied.returncode:
        harm.append(f"does not apply: {applied.stderr}")
        return False
    new = set(run("gofmt", "-l", *files, cwd=copy).stdout.split()) - untidy
    if new:
        harm.append(f"gofmt would change {new}")
    if (built := run("go", "build", "-o", os.devnull, packages, cwd=copy)).returncode:
        harm.append(f"does not build: {built.stderr}")
    if more := vet(copy, packages) - warned:
        harm.append(f"vet warns: {more}")
    return not harm


def vet(copy, packages):
    said = run("go", "vet", packages, cwd=copy).stderr
    lines = collections.Counter(re.sub(r":\d+:\d+", "", line) for line in said.splitlines() if not line.startswith("#"))
    return {f"{line} ({n})" for line, n in lines.items() for n in range(n)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lab:
    """The lab's server with one scenario, and its upstream."""

    def __init__(self, binary, scenario):
        self.ports = [free_port() for _ in range(3)]
        server, upstream, raw = (f"127.0.0.1:{port}" for port in self.ports)
        self.at = f"http://{server}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes = [
            subprocess.Popen([binary, "-role", "upstream", "-addr", upstream, "-raw", raw], **quiet),
            subprocess.Popen([binary, "-scenario", scenario, "-addr", server, "-upstream", upstream, "-raw", raw], **quiet),
        ]

    def get(self, path):
        with urllib.request.urlopen(self.at + path, timeout=30) as answer:
            return answer.read().decode()

    def __enter__(self):
        for _ in range(100):
            try:
                self.get("/lab/state")
                time.sleep(0.3)
                return self
            except OSError:
                time.sleep(0.05)
        raise OSError("the lab's server does not answer")

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()

    def drive(self, folder=None):
        """Two dumps with requests between: as files in a folder, and as text."""
        dumps = []
        for index in range(2):
            self.get(f"/lab/drive?n={REQUESTS}&k={index}")
            time.sleep(1.2)
            self.get("/lab/gc")
            dumps.append(self.get("/debug/pprof/goroutine?debug=2"))
            if folder:
                path = os.path.join(folder, f"{index}.txt")
                with open(path, "w") as file:
                    file.write(dumps[-1])
        return dumps


def lab():
    work = tempfile.mkdtemp(prefix="patches-")
    source, binary = os.path.join(work, "source"), os.path.join(work, "leaksrv")
    shutil.copytree(os.path.join(SHARED, "lab/src/leaksrv"), source)
    with open(os.path.join(source, "go.mod"), "r+") as file:
        text = file.read().replace("go 1.27\n", "go 1.26\n")
        file.seek(0)
        file.truncate()
        file.write(text)
    env = dict(GO, GOFLAGS="-mod=vendor")
    GO.update(env)
    built = run("go", "build", "-o", binary, ".", cwd=source)
    if built.returncode:
        sys.exit(built.stderr)
    scenarios = [name for name in run(binary, "-list").stdout.split() if OPTIONS.only in (None, name)]
    patches, seen = {}, 0
    for name in scenarios:
        folder = os.path.join(work, name)
        os.makedirs(folder)
        with Lab(binary, name) as server:
            server.drive(folder)
        inputs = [os.path.join(folder, f"{index}.txt") for index in range(2)]
        for site, verdicts in findings(inputs, source):
            seen += 1
            show(name, site, verdicts, patches)
    ended = harms = 0
    for name, site, verdict in patches.values() if OPTIONS.run else ():
        harm = []
        copy = os.path.join(work, "copy")
        shutil.copytree(source, copy)
        run("git", "init", "-q", cwd=copy)
        gone = ""
        if check(copy, verdict["patch"], harm):
            fixed = os.path.join(work, "fixed")
            run("go", "build", "-o", fixed, ".", cwd=copy)
            counts = []
            for which in (binary, fixed):
                with Lab(which, name) as server:
                    dumps = server.drive()
                    counts.append([count_at(dump, site) for dump in dumps])
                    # A timeout is an end, too.
                    if which == fixed and counts[-1][1] > counts[-1][0]:
                        time.sleep(11)
                        counts[-1][1] = count_at(server.get("/debug/pprof/goroutine?debug=2"), site)
            before, after = (late - early for early, late in counts)
            gone = f"goroutines there in {REQUESTS} requests: {before:+} before, {after:+} after"
            ended += before > 0 >= after
        harms += bool(harm)
        print(f"{name:24} {verdict['patch']['title'][:60]:60} {gone} {'; '.join(harm)}", flush=True)
        shutil.rmtree(copy)
    shutil.rmtree(work)
    total(seen, patches, ended, harms)


def total(seen, patches, ended, harms):
    tiers = collections.Counter(it[2]["patch"]["tier"] for it in patches.values())
    print(f"findings with source: {seen}; different patches: {len(patches)} ({tiers['safe']} safe, {tiers['review']} review); "
          f"ended their leak: {ended}; do harm: {harms}")
    sys.exit(bool(harms))


def captures(folder):
    """The snapshots of a capture folder, oldest first."""
    subfolders = sorted((it for it in os.listdir(folder) if it.isdigit()), key=int)
    return [os.path.join(folder, it) for it in subfolders] or [folder]


def goker():
    tree = os.path.join(run("go", "env", "GOROOT").stdout.strip(), "src/runtime/testdata/testgoroutineleakprofile")
    work = tempfile.mkdtemp(prefix="patches-")
    GO.update(GOEXPERIMENT="goroutineleakprofile")
    roots = {}
    for name, folder in (("goker", "goker"), ("patterns", "")):
        roots[name] = os.path.join(work, name)
        os.makedirs(roots[name])
        for file in os.listdir(os.path.join(tree, folder)):
            if file.endswith(".go"):
                shutil.copy(os.path.join(tree, folder, file), roots[name])
        with open(os.path.join(roots[name], "go.mod"), "w") as file:
            file.write("module example.com/goker\n\ngo 1.26\n")
    binaries = {}
    for name, root in roots.items():
        binaries[root] = os.path.join(work, f"{name}.bin")
        run("go", "build", "-o", binaries[root], ".", cwd=root)
    patches, seen = {}, 0
    for name, inputs, source in dumps(binaries) if OPTIONS.programs else captured(roots):
        if OPTIONS.only not in (None, name):
            continue
        found = list(findings(inputs, source))
        if not found:
            print(f"{name:24} no finding with source")
        for site, verdicts in found:
            seen += 1
            show(name, (site, source), verdicts, patches)
    ended = harms = 0
    for name, (site, source), verdict in patches.values() if OPTIONS.run else ():
        harm = []
        copy = os.path.join(work, "copy")
        shutil.copytree(source, copy)
        run("git", "init", "-q", cwd=copy)
        gone = ""
        if check(copy, verdict["patch"], harm, "."):
            fixed = os.path.join(work, "fixed")
            run("go", "build", "-o", fixed, ".", cwd=copy)
            counts = [[leaked(it, name, site, harm) for _ in range(RUNS)] for it in (binaries[source], fixed)]
            gone = f"leaked there in {RUNS} runs: {counts[0]} before, {counts[1]} after"
            ended += not any(counts[1]) and any(counts[0])
        harms += bool(harm)
        print(f"{name:24} {verdict['patch']['title'][:60]:60} {gone} {'; '.join(harm)}", flush=True)
        shutil.rmtree(copy)
    shutil.rmtree(work)
    total(seen, patches, ended, harms)


def captured(roots):
    cases = os.path.join(SHARED, "goker")
    for name in sorted(os.listdir(cases)):
        with open(os.path.join(cases, name, "truth.json")) as file:
            kind = json.load(file)["kind"]
        yield name, [os.path.join(cases, name)], roots["goker" if kind == "goker" else "patterns"]


def dumps(binaries):
    """All programs, each as it runs here and now."""
    for source, binary in binaries.items():
        text = "".join(open(os.path.join(source, file)).read() for file in sorted(os.listdir(source)) if file.endswith(".go"))
        for name in sorted(set(re.findall(r'register\("(\w+)"', text))):
            best = ""
            for _ in range(RUNS):
                try:
                    said = run(binary, name, timeout=20).stdout
                except subprocess.TimeoutExpired:
                    continue
                best = max(best, said, key=lambda it: it.count("(leaked)"))
            path = os.path.join(os.path.dirname(binary), f"{name}.txt")
            with open(path, "w") as file:
                file.write(best)
            if "(leaked)" in best:
                yield name, [path], source


def leaked(binary, name, site, harm):
    """How many goroutines a program reports as leaked in a function."""
    try:
        done = run(binary, name, timeout=60)
    except subprocess.TimeoutExpired:
        harm.append("hangs")
        return -1
    if done.returncode and binary.endswith("fixed"):
        harm.append(f"fails: {done.stderr[:300]}")
    return count_at(done.stdout, site, "(leaked)")


# Where each service leaks: a path, and arguments of the load.
LOADS = {"geo": ["http://SERVICE/city?ip=RAND"], "orders": ["-post", "http://SERVICE/orders?article=a"], "quotes": ["http://SERVICE/history?sku=RAND"]}


def services():
    patches, seen = {}, 0
    folder = os.path.join(SHARED, "services")
    for name in sorted(os.listdir(folder)):
        if name == "tools" or OPTIONS.only not in (None, name):
            continue
        here = os.path.join(folder, name)
        for site, verdicts in findings(captures(here), os.path.join(here, "src")):
            seen += 1
            show(name, site, verdicts, patches)
    ended = harms = 0
    work = tempfile.mkdtemp(prefix="patches-")
    run("go", "build", "-o", work, "./...", cwd=os.path.join(folder, "tools"))
    for name, site, verdict in patches.values() if OPTIONS.run else ():
        harm = []
        copy = os.path.join(work, "copy")
        shutil.copytree(os.path.join(folder, name, "src"), copy)
        run("git", "init", "-q", cwd=copy)
        before = under_load(work, copy, name, site)
        check(copy, verdict["patch"], harm)
        after = under_load(work, copy, name, site)
        # Idle connections stay.
        ended += before > 20 and after <= 5
        harms += bool(harm)
        print(f"{name:24} {verdict['patch']['title'][:60]:60} goroutines there after load: {before} before, {after} after {'; '.join(harm)}")
        shutil.rmtree(copy)
    shutil.rmtree(work)
    total(seen, patches, ended, harms)


def under_load(work, source, name, site):
    """How many goroutines of a service wait in a function after some seconds of load."""
    binary = os.path.join(work, "service")
    [command] = os.listdir(os.path.join(source, "cmd"))
    if (built := run("go", "build", "-o", binary, f"./cmd/{command}", cwd=source)).returncode:
        sys.exit(built.stderr)
    service, debug, upstream = (f"127.0.0.1:{free_port()}" for _ in range(3))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    more = ["-upstream", f"http://{upstream}"] if name == "geo" else []
    processes = [
        subprocess.Popen([os.path.join(work, "upstream"), "-http", upstream], **quiet),
        subprocess.Popen([binary, "-http", service, "-debug", debug, *more], **quiet),
    ]
    try:
        time.sleep(1)
        arguments = [it.replace("SERVICE", service) for it in LOADS[name]]
        run(os.path.join(work, "load"), "-rate", "60", "-for", "6s", *arguments, timeout=60)
        time.sleep(2)
        with urllib.request.urlopen(f"http://{debug}/debug/pprof/goroutine?debug=2", timeout=30) as answer:
            return count_at(answer.read().decode(), site)
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("what", choices=["lab", "goker", "services"])
    cli.add_argument("--run", action="store_true")
    cli.add_argument("--programs", action="store_true", help="goker: run all programs instead of reading captures")
    cli.add_argument("--only", help="one scenario, case or service")
    cli.add_argument("--bin", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "debug/leakscope"))
    OPTIONS = cli.parse_args()
    if not os.path.isdir(SHARED):
        sys.exit("LEAKSCOPE_SHARED names no folder")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    {"lab": lab, "goker": goker, "services": services}[OPTIONS.what]()

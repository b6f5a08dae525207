#!/usr/bin/env python3
"""What reading Go source costs: writes a module of 2,000 files in which 100 places leak, and two tracebacks of it; then prints the CPU time
of a report without the source and with it. Needs Linux or macOS; Go only for --vet.

    python3 benches/source.py DIR [--bin target/release/leakscope] [--runs 5] [--each 1] [--vet]

DIR is made, and used again if it is there. All files of a package with a leak are parsed, so that the time depends on how many packages
have one: --each says how many leaks a package has that has any.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys

MODULE = "example.com/mill"
PACKAGES, FILES, LEAKS = 200, 10, 100

# A leak by the cause that the source proves: a file of Go, whose line with a comment `// wait` is where goroutines wait. What follows are
# its state, the frames of Go below it, leaf first, the function that waits, and `function: text of its go statement`.
LEAK_KINDS = {
    "abandoned-sender": (
        """
func Price(id string) (int, bool) {
	ch := make(chan int)
	go func() {
		ch <- len(id) // wait
	}()
	select {
	case v := <-ch:
		return v, true
	case <-time.After(time.Second):
		return 0, false
	}
}
""",
        ["time"], "chan send", [], "Price.func1", "Price: go func() {",
    ),
    "receive-never-closed": (
        """
func Load(names []string) error {
	lines := make(chan string)
	go func() {
		for line := range lines { // wait
			fmt.Println(line)
		}
	}()
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines <- string(text)
	}
	close(lines)
	return nil
}
""",
        ["fmt", "os"], "chan receive", [], "Load.func1", "Load: go func() {",
    ),
    "deadlock-mutex": (
        """
type Account struct {
	mu      sync.Mutex
	balance int
}

func (a *Account) Withdraw(n int) error {
	a.mu.Lock() // wait
	if a.balance < n {
		return errors.New("too little")
	}
	a.balance -= n
	a.mu.Unlock()
	return nil
}

func Serve(a *Account) { go a.Withdraw(1) }
""",
        ["errors", "sync"], "sync.Mutex.Lock", ["sync.(*Mutex).Lock"], "(*Account).Withdraw", "Serve: go a.Withdraw",
    ),
    "missing-waitgroup-done": (
        """
func Run(jobs []int) {
	var wg sync.WaitGroup
	wg.Add(len(jobs))
	for _, job := range jobs {
		go func() {
			if job == 0 {
				return
			}
			fmt.Println(job)
			wg.Done()
		}()
	}
	wg.Wait() // wait
}

func Handle(jobs []int) { go Run(jobs) }
""",
        ["fmt", "sync"], "sync.WaitGroup.Wait", ["sync.(*WaitGroup).Wait"], "Run", "Handle: go Run",
    ),
    "missing-cancel": (
        """
func Watch(name string) {
	ctx := context.Background()
	in := make(chan int, 1)
	go func() {
		for {
			select { // wait
			case <-ctx.Done():
				return
			case n := <-in:
				fmt.Println(name, n)
			}
		}
	}()
	in <- 1
}
""",
        ["context", "fmt"], "select", [], "Watch.func1", "Watch: go func() {",
    ),
    "select-without-done": (
        """
func poll(quit chan int) {
	for {
		select { // wait
		case <-time.After(time.Second):
			fmt.Println("again")
		case <-quit:
			return
		}
	}
}

func Start() {
	go poll(make(chan int))
}
""",
        ["fmt", "time"], "select", [], "poll", "Start: go poll",
    ),
    "unstopped-ticker": (
        """
type meter struct{ n int }

func (m *meter) run() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for range t.C { // wait
		m.n++
	}
}

func Measure() { go (&meter{}).run() }
""",
        ["time"], "chan receive", [], "(*meter).run", "Measure: go (&meter{}).run",
    ),
    "unclosed-body": (
        """
var client = &http.Client{}

func City(ip string) (string, error) {
	resp, err := client.Get("http://geo/city?ip=" + ip)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("geo: %s", resp.Status)
	}
	defer resp.Body.Close()
	var city string
	err = json.NewDecoder(resp.Body).Decode(&city)
	return city, err
}
""",
        ["encoding/json", "fmt", "net/http"], "", [], "", "",
    ),
}
NAMES = "order stock price user cart batch route quote offer parcel invoice ledger event metric token session".split()
LIBRARY = """select]:
net/http.(*persistConn).readLoop(0xc000198000)
	/usr/local/go/src/net/http/transport.go:2325 +0x7d
created by net/http.(*Transport).dialConn in goroutine 7
	/usr/local/go/src/net/http/transport.go:1874 +0x5e
"""


def ordinary(package, number, random):
    """A file of code that does not leak, of the kinds of statements that services have."""
    name = NAMES[number % len(NAMES)]
    type_ = f"{name.title()}{number}"
    other = f"pkg{random.randrange(package):03}" if package else ""
    imports = ["context", "errors", "fmt", "sync", "time"] + ([f"{MODULE}/{other}"] if other else [])
    parts = [
        f"package pkg{package:03}\n\nimport (\n" + "".join(f'\t"{it}"\n' for it in imports) + ")\n",
        f"""
// {type_} keeps what is known of one {name}.
type {type_} struct {{
	mu    sync.Mutex
	known map[string]int
	done  chan struct{{}}
	queue chan string
}}

// New{type_} makes one and starts its worker.
func New{type_}() *{type_} {{
	it := &{type_}{{known: map[string]int{{}}, done: make(chan struct{{}}), queue: make(chan string, 16)}}
	go it.work()
	return it
}}

func (it *{type_}) work() {{
	for {{
		select {{
		case key := <-it.queue:
			it.add(key, 1)
		case <-it.done:
			return
		}}
	}}
}}

// Close ends the worker.
func (it *{type_}) Close() {{ close(it.done) }}

func (it *{type_}) add(key string, n int) {{
	it.mu.Lock()
	defer it.mu.Unlock()
	it.known[key] += n
}}
""",
    ]
    for at in range(random.randrange(4, 10)):
        call = f"{other}.New{NAMES[at % 5].title()}{at % 5}().Close()" if other else 'fmt.Println("none")'
        parts.append(
            f"""
// Step{number}x{at} handles one {name}; it waits for at most a second.
func Step{number}x{at}(ctx context.Context, values []int) (int, error) {{
	ctx, cancel := context.WithTimeout(ctx, {at + 1}*time.Second)
	defer cancel()
	if len(values) == 0 {{
		return 0, errors.New("{name}: nothing to do")
	}}
	total := 0
	for i, value := range values {{
		switch {{
		case value < {at}:
			continue
		case i > {at * 7}:
			{call}
		default:
			total += value * {at + 3}
		}}
	}}
	result := make(chan int, 1)
	go func() {{ result <- total }}()
	select {{
	case sum := <-result:
		return sum, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("{name} %d: %w", total, ctx.Err())
	}}
}}
"""
        )
    return "".join(parts)


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def write(folder, each_package):
    """Writes the module and two tracebacks of it: in the second each leak has three times as many goroutines."""
    chance = random.Random(23)
    kinds = list(LEAK_KINDS.values())
    bodies = kinds.pop()
    stacks, size = [], 0
    os.makedirs(folder)
    with open(os.path.join(folder, "go.mod"), "w") as out:
        out.write(f"module {MODULE}\n\ngo 1.26\n")
    for package in range(PACKAGES):
        name = f"pkg{package:03}"
        os.makedirs(os.path.join(folder, name))
        for number in range(FILES):
            text = ordinary(package, number, chance)
            # The last files of some packages leak, too, and a few leave bodies of responses open.
            leaks = package % (PACKAGES * each_package // LEAKS) == 0 and number >= FILES - each_package
            if leaks or package % 50 == 1 and number == FILES - 1:
                code, imports, state, below, function, spawn = kinds[len(stacks) % len(kinds)] if leaks else bodies
                header = f"package {name}\n\nimport (\n" + "".join(f'\t"{it}"\n' for it in imports) + ")\n"
                text = header + code
                text, waits = text.replace(" // wait", ""), line_of(text, "// wait") if state else 0
                path = f"/srv/mill/{name}/file{number}.go"
                if state:
                    starter, statement = spawn.split(": ")
                    frames = "".join(f"{it}(...)\n\t/usr/local/go/src/sync/x.go:1 +0x1d\n" for it in below)
                    frames += f"{MODULE}/{name}.{function}()\n\t{path}:{waits} +0x1d\n"
                    frames += f"created by {MODULE}/{name}.{starter} in goroutine 7\n\t{path}:{line_of(text, statement)} +0x5e\n"
                    stacks.append(f"{state}]:\n{frames}")
                else:
                    # Its goroutines are the library's, alike for all, so that each place is one that may have left them.
                    stacks.append(LIBRARY)
            size += len(text)
            with open(os.path.join(folder, name, f"file{number}.go"), "w") as out:
                out.write(text)
    for dump, each in ("before.txt", 10), ("after.txt", 30):
        goroutines = [f"goroutine 1 [IO wait]:\nmain.main()\n\t/srv/mill/main.go:9 +0x1\n"]
        goroutines += [f"goroutine {100 + at} [{stack}" for at, stack in enumerate(stacks * each)]
        with open(os.path.join(folder, dump), "w") as out:
            out.write("\n".join(goroutines))
    print(f"{PACKAGES * FILES} files, {size / 1e6:.1f} MB, {len(stacks)} places that leak", file=sys.stderr)


def cpu(command):
    """CPU seconds of a command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, run.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--bin", default="target/release/leakscope")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--each", type=int, default=1, choices=[1, 2, 4, 5])
    parser.add_argument("--vet", action="store_true", help="check with Go that the module compiles")
    arguments = parser.parse_args()
    if not os.path.exists(arguments.folder):
        write(arguments.folder, arguments.each)
    if arguments.vet:
        subprocess.run(["go", "build", "./..."], cwd=arguments.folder, check=True)
    inputs = [os.path.join(arguments.folder, name) for name in ("before.txt", "after.txt")]
    report = [arguments.bin, "diff", *inputs, "--format", "json"]
    for name, options in ("without source", ["--no-source"]), ("with source", ["--source", arguments.folder]):
        runs = [cpu([*report, *options]) for _ in range(arguments.runs)]
        findings = json.loads(runs[0][1])["findings"]
        verdicts = [(it.get("source") or {}).get("verdict") for it in findings]
        seconds = statistics.median(seconds for seconds, _ in runs)
        print(f"{name}: {seconds:.2f} s CPU, {len(findings)} findings, {verdicts.count('confirmed')} confirmed")


if __name__ == "__main__":
    main()

package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// sums is what release/build wrote when the version was released: a line with the version, then a sum and a name for each archive.
//
//go:embed sums.txt
var sums string

// A release is a version, and the archives that it has.
type release struct {
	version  string
	archives []archive
}

// An archive is a file of a release that holds the program of one platform.
type archive struct {
	name string
	// The SHA-256 sum of the file, in hex.
	sum string
}

// parseSums reads the text of sums.txt.
func parseSums(text string) (release, error) {
	first, rest, _ := strings.Cut(text, "\n")
	version, ok := strings.CutPrefix(first, "# leakscope ")
	if !ok {
		return release{}, fmt.Errorf("sums.txt does not begin with its version: %q", first)
	}
	made := release{version: strings.TrimSpace(version)}
	for _, line := range strings.Split(strings.TrimSpace(rest), "\n") {
		if line == "" {
			continue
		}
		sum, name, ok := strings.Cut(line, "  ")
		if !ok || len(sum) != 64 {
			return release{}, fmt.Errorf("sums.txt has a line that is no sum: %q", line)
		}
		made.archives = append(made.archives, archive{name: name, sum: sum})
	}
	return made, nil
}

// targets are Rust's names of the platforms of a release.
var targets = map[string]string{
	"linux/amd64":   "x86_64-unknown-linux-musl",
	"linux/arm64":   "aarch64-unknown-linux-musl",
	"windows/amd64": "x86_64-pc-windows-gnu",
	"darwin/amd64":  "x86_64-apple-darwin",
	"darwin/arm64":  "aarch64-apple-darwin",
}

// archiveFor finds the archive of a platform.
func (made release) archiveFor(system, processor string) (archive, error) {
	platform := system + "/" + processor
	target, known := targets[platform]
	for _, candidate := range made.archives {
		if known && strings.Contains(candidate.name, target) {
			return candidate, nil
		}
	}
	if len(made.archives) == 0 {
		return archive{}, fmt.Errorf("this is no released version: take one with @VERSION, or build it with cargo install --git %s", repository())
	}
	return archive{}, fmt.Errorf("leakscope %s has no program for %s; build it with cargo install --git %s", made.version, platform, repository())
}

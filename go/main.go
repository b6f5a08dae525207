// Command go runs leakscope where only Go is installed:
//
//	go run github.com/leakscope/leakscope/go@VERSION diff before.pb.gz after.pb.gz
//
// It downloads the program of this platform from the release of the same version, compares it with the SHA-256 sum that this module
// carries, keeps it in the user's cache, and runs it with the same arguments. The second run downloads nothing.
//
// LEAKSCOPE_DOWNLOADS names another place that has the files of the release; the sums stay those of this module.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

func main() {
	code, err := start(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "leakscope: %v\n", err)
		os.Exit(code)
	}
	os.Exit(code)
}

// unavailable is the exit code if the program cannot be had: that of an input that cannot be read.
const unavailable = 3

// start finds the program and runs it. It returns the program's exit code.
func start(arguments []string) (int, error) {
	release, err := parseSums(sums)
	if err != nil {
		return unavailable, err
	}
	archive, err := release.archiveFor(runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return unavailable, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return unavailable, fmt.Errorf("no folder to keep the program in: %w", err)
	}
	program, err := archive.install(downloads(release.version), cache)
	if err != nil {
		return unavailable, err
	}
	return run(program, arguments)
}

// downloads is the address below which the files of a release are.
func downloads(version string) string {
	if mirror := os.Getenv("LEAKSCOPE_DOWNLOADS"); mirror != "" {
		return strings.TrimSuffix(mirror, "/")
	}
	return repository() + "/releases/download/v" + version
}

// repository is the address of the repository that this module is in.
func repository() string {
	module := "github.com/leakscope/leakscope/go"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		module = info.Main.Path
	}
	return "https://" + strings.TrimSuffix(module, "/go")
}

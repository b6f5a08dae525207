//go:build !windows

package main

import (
	"fmt"
	"os"
	"syscall"
)

// run becomes the program, so that signals reach it. It returns only if that fails.
func run(program string, arguments []string) (int, error) {
	err := syscall.Exec(program, append([]string{program}, arguments...), os.Environ())
	return unavailable, fmt.Errorf("%s: %w", program, err)
}

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// run runs the program and returns its exit code.
func run(program string, arguments []string) (int, error) {
	command := exec.Command(program, arguments...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	if err != nil {
		return unavailable, fmt.Errorf("%s: %w", program, err)
	}
	return 0, nil
}

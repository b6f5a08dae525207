// Package logs kills the command whose output it reads, or limits its time.
package logs

import (
	"bufio"
	"context"
	"os/exec"
	"time"
)

func follow(path string, use func(string)) (func() error, error) {
	cmd := exec.Command("tail", "-f", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() { // 12: network; below internal/poll.(*FD).Read < os.(*File).Read < bufio.(*Scanner).Scan; from 21
			use(s.Text())
		}
	}()
	return cmd.Process.Kill, nil
}

func head(path string, use func(string)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tail", "-f", path)
	out, _ := cmd.StdoutPipe()
	cmd.Start()
	s := bufio.NewScanner(out)
	for s.Scan() { // 12: network; below internal/poll.(*FD).Read < os.(*File).Read < bufio.(*Scanner).Scan
		use(s.Text())
	}
	cmd.Wait()
}

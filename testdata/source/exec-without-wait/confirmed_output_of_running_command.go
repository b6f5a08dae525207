// Package logs reads the output of a command that nothing ends.
package logs

import (
	"bufio"
	"os/exec"
)

func firstLine(path string) (string, error) {
	cmd := exec.Command("tail", "-f", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	lines := make(chan string)
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() { // 12: network; below internal/poll.(*FD).Read < os.(*File).Read < bufio.(*Scanner).Scan; from 20
			lines <- s.Text()
		}
		cmd.Wait()
	}()
	return <-lines, nil
}

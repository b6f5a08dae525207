// Package filter gives a command the reader of a pipe, and closes the writer on each path.
package filter

import (
	"bytes"
	"io"
	"os/exec"
)

func Filter(render func(io.Writer) error) ([]byte, error) {
	pr, pw := io.Pipe() // 30: select; alone io.(*pipe).read < io.(*PipeReader).Read < io.Copy < os/exec.(*Cmd).childStdin.func1
	go func() {
		if err := render(pw); err != nil {
			pw.CloseWithError(err)
			return
		}
		pw.Close()
	}()
	var out bytes.Buffer
	cmd := exec.Command("cat")
	cmd.Stdin = pr
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

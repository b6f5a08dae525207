// Package count closes the writer of its pipe only if all lines could be written.
package count

import (
	"fmt"
	"io"
)

func size(lines []string) (int64, error) {
	pr, pw := io.Pipe()
	go func() {
		for _, line := range lines {
			if _, err := fmt.Fprintln(pw, line); err != nil || line == "" {
				return
			}
		}
		pw.Close()
	}()
	return io.Copy(io.Discard, pr) // 12: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
}

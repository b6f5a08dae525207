// Package count reads a pipe whose writer is closed nowhere.
package count

import (
	"fmt"
	"io"
)

func size(lines []string) (int64, error) {
	pr, pw := io.Pipe()
	go func() {
		for _, line := range lines {
			fmt.Fprintln(pw, line)
		}
	}()
	return io.Copy(io.Discard, pr) // 12: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
}

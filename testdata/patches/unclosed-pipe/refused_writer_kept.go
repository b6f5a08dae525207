package main

import (
	"fmt"
	"io"
)

type log struct{ to io.Writer }

var last *log

func (l *log) line(text string) { fmt.Fprintln(l.to, text) }

// What keeps the writer may write later.
func numbers() {
	pr, pw := io.Pipe()
	go func() {
		last = &log{pw}
		last.line("a")
	}()
	io.Copy(io.Discard, pr) // 9: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
}

func main() {
	call := numbers
	go call()
}

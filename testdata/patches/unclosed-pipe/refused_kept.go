package main

import (
	"bufio"
	"fmt"
	"io"
)

// The reader is wrapped, and lives on in what is returned.
func upload(body string) *bufio.Reader {
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, body) // 12: select; below io.(*pipe).write < io.(*PipeWriter).Write < fmt.Fprint; from 12
		pw.Close()
	}()
	return bufio.NewReader(pr)
}

func main() {
	upload("order")
}

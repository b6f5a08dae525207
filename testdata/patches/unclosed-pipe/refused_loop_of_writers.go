package main

import (
	"fmt"
	"io"
)

// The first writer that ends would close the pipe for the others.
func numbers() {
	pr, pw := io.Pipe()
	for i := range 3 {
		go func() {
			fmt.Fprintln(pw, i)
		}()
	}
	io.Copy(io.Discard, pr) // 9: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
}

func main() {
	call := numbers
	go call()
}

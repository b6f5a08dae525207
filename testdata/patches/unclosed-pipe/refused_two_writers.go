package main

import (
	"fmt"
	"io"
)

func read(part string) error {
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, part)
	}()
	go func() {
		fmt.Fprint(pw, part)
	}()
	_, err := io.Copy(io.Discard, pr) // 12: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
	return err
}

func main() {
	_ = read("a")
}

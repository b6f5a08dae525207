package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func upload(body string) error {
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, body) // 12: select; below io.(*pipe).write < io.(*PipeWriter).Write < fmt.Fprint; from 13
		pw.Close()
	}()
	_, err := io.CopyN(io.Discard, pr, 2)
	return err
}

func main() {
	for range 10 {
		upload("order")
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

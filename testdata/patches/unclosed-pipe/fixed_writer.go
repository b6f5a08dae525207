package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func read(parts []string) error {
	pr, pw := io.Pipe()
	go func() {
		for _, part := range parts {
			fmt.Fprint(pw, part)
		}
	}()
	_, err := io.Copy(io.Discard, pr) // 12: select; below io.(*pipe).read < io.(*PipeReader).Read < io.Copy
	return err
}

func main() {
	for range 10 {
		go read([]string{"a"})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

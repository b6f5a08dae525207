package main

import (
	"os"
	"runtime"
	"time"
)

func fastest(mirrors []string) string {
	found := make(chan string) // one answer is enough
	for _, mirror := range mirrors {
		go func() {
			defer println("asked", mirror)
			found <- ask(mirror) // 9: channel send
		}()
	}
	return <-found
}

func ask(mirror string) string {
	time.Sleep(time.Millisecond)
	return mirror
}

func main() {
	for range 5 {
		fastest([]string{"a", "b", "c"})
	}
	time.Sleep(100 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

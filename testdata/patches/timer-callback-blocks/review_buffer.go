package main

import (
	"os"
	"runtime"
	"time"
)

func later() {
	due := make(chan int)
	time.AfterFunc(time.Millisecond, func() {
		due <- 1 // 9: channel send
	})
}

func main() {
	for range 10 {
		later()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

package main

import (
	"os"
	"runtime"
	"time"
)

func export() {
	done := make(chan int)
	go func() {
		done <- 1 // 9: channel send; from 11
	}()
}

func main() {
	for range 10 {
		export()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

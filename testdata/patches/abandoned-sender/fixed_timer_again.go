package main

import (
	"os"
	"runtime"
	"time"
)

// The timer runs its function again, and a second value would find a buffer full.
func first() int {
	values := make(chan int)
	timer := time.AfterFunc(time.Millisecond, func() {
		values <- 1 // 9: channel send; from 12
	})
	select {
	case value := <-values:
		timer.Reset(time.Millisecond)
		return value
	case <-time.After(time.Microsecond):
		timer.Reset(2 * time.Millisecond)
		return 0
	}
}

func main() {
	call := first
	for range 10 {
		call()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

package main

import (
	"os"
	"runtime"
	"time"
)

// With a negative n the loop has no turn, and make would panic.
func first(n int) int {
	answers := make(chan int)
	for i := 0; i < n; i++ {
		go func() {
			answers <- i // 9: channel send; from 13
		}()
	}
	select {
	case answer := <-answers:
		return answer
	case <-time.After(time.Millisecond):
		return 0
	}
}

func main() {
	call := first
	call(-1)
	for range 10 {
		call(3)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

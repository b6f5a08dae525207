package main

import (
	"os"
	"runtime"
	"time"
)

// A negative n panics where the list is made already.
func first(n int) int {
	asked := make([]bool, n)
	answers := make(chan int)
	for i := 0; i < n; i++ {
		asked[i] = true
		go func() {
			answers <- i // 9: channel send; from 15
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
	for range 10 {
		call(3)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

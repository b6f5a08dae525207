package main

import (
	"os"
	"runtime"
	"time"
)

// With a buffer, done would be closed before the value is taken.
func read(item string, done chan struct{}) int {
	prices := make(chan int)
	go func() {
		defer close(done)
		prices <- len(item) // 5: channel send
	}()
	select {
	case price := <-prices:
		return price
	case <-time.After(0):
		return 0
	}
}

func main() {
	for range 20 {
		done := make(chan struct{})
		if read("tea", done) > 0 {
			<-done
		}
	}
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 1 {
		os.Exit(1)
	}
}

package main

import (
	"os"
	"runtime"
	"time"
)

func work(n int) {
	jobs := make(chan int)
	for range 2 {
		go func() {
			for job := range jobs { // 9: channel receive; from 12
				_ = job
			}
		}()
	}
	for i := range n {
		jobs <- i
	}
}

func main() {
	call := work
	for range 5 {
		call(3)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

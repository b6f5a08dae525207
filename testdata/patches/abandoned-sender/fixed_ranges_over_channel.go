package main

import (
	"os"
	"runtime"
	"time"
)

// The length of a channel is not how often a loop over it runs.
func first(jobs chan int) int {
	answers := make(chan int)
	for job := range jobs {
		go func() {
			answers <- job // 9: channel send; from 13
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
		jobs := make(chan int, 3)
		for job := range 3 {
			jobs <- job
		}
		close(jobs)
		call(jobs)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

package main

import (
	"os"
	"runtime"
	"time"
)

// The list grows after the channel is made.
func first(all []int) int {
	answers := make(chan int)
	all = append(all, 1)
	for i := 0; i < len(all); i++ {
		go func() {
			answers <- all[i] // 9: channel send; from 14
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
		call([]int{1, 2})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

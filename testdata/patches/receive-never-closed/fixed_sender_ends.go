package main

import (
	"errors"
	"os"
	"runtime"
	"time"
)

var errOdd = errors.New("odd")

func lines(n int, out chan<- int) error {
	for i := range n {
		if i == 3 {
			return errOdd
		}
		out <- i
	}
	return nil
}

func sum(n int) (all int) {
	out := make(chan int)
	go lines(n, out)
	for line := range out { // 9: channel receive
		all += line
	}
	return all
}

func main() {
	call := sum
	for range 10 {
		go call(5)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

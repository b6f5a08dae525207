package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func ping(n int) (int, error) { return n, fmt.Errorf("%d is down", n) }

// No caller has a context.
func retry(n int) (int, error) {
	for {
		answer, err := ping(n)
		if err == nil {
			return answer, nil
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 24
	}
}

func start(n int) {
	go retry(n)
}

func main() {
	call := start
	for n := range 10 {
		call(n)
	}

	time.Sleep(100 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

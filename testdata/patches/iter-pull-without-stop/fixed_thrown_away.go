package main

import (
	"iter"
	"os"
	"runtime"
	"time"
)

func count(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

func first() int {
	next, _ := iter.Pull(iter.Seq[int](count))
	v, _ := next()
	return v
}

func main() {
	for range 10 {
		first()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

package main

import "time"

// Each Reset runs the function again: a buffer for one value is too small.
func later() {
	due := make(chan int)
	t := time.AfterFunc(time.Millisecond, func() {
		due <- 1 // 9: channel send
	})
	for range 3 {
		t.Reset(time.Millisecond)
	}
}

func main() {
	later()
}

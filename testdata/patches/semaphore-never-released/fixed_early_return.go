package main

import (
	"os"
	"runtime"
	"time"
)

var slots = make(chan struct{}, 1)

func with(job int) {
	slots <- struct{}{} // 9: channel send; from 22
	if job < 0 {
		return
	}
	println(job)
	<-slots
}

func main() {
	for range 10 {
		go with(-1)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

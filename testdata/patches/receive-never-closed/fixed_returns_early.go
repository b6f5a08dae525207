package main

import (
	"os"
	"runtime"
	"time"
)

func work(jobs []int) {
	queue := make(chan int)
	go func() {
		for job := range queue { // 9: channel receive; from 11
			_ = job
		}
	}()
	for _, job := range jobs {
		if job < 0 {
			return
		}
		queue <- job
	}
}

func main() {
	call := work
	for range 10 {
		call([]int{1, 2, -1})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

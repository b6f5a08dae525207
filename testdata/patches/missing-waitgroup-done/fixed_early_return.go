package main

import (
	"os"
	"sync"
	"time"
)

func run(jobs []int) {
	var wg sync.WaitGroup
	wg.Add(len(jobs))
	for _, job := range jobs {
		go func() {
			if job == 0 {
				return
			}
			do(job)
			wg.Done()
		}()
	}
	wg.Wait() // 3: wait group
}

func do(int) {}

func main() {
	done := make(chan struct{})
	go func() {
		run([]int{0, 1})
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(200 * time.Millisecond):
		os.Exit(1)
	}
}

package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

func start(plugins []int) {
	var group sync.WaitGroup
	group.Add(len(plugins))
	for _, plugin := range plugins {
		go func() {
			defer group.Done()
			_ = plugin
		}()
		group.Wait() // 9: wait group
	}
}

func main() {
	for range 10 {
		go start([]int{1, 2})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

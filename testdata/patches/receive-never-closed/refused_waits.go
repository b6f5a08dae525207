package main

import "sync"

// A deferred close would come after the wait for those that the close ends.
func work(jobs []int) {
	queue := make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for job := range queue { // 9: channel receive; from 10
			_ = job
		}
	}()
	for _, job := range jobs {
		if job < 0 {
			return
		}
		queue <- job
	}
	wg.Wait()
}

func main() {
	call := work
	call([]int{-1})
}

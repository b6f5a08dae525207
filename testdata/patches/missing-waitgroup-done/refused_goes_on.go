package main

import "sync"

// The wait must not take as long as the log.
func run(jobs []int, log chan<- int) {
	var wg sync.WaitGroup
	wg.Add(len(jobs))
	for _, job := range jobs {
		go func() {
			if job == 0 {
				return
			}
			wg.Done()
			log <- job
		}()
	}
	wg.Wait() // 3: wait group
}

func main() {
	run([]int{1}, make(chan int, 9))
}

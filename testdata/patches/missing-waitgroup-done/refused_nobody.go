package main

import "sync"

func run(jobs []int) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		go do(job)
	}
	wg.Wait() // 3: wait group
}

func do(int) {}

func main() {
	run(nil)
}

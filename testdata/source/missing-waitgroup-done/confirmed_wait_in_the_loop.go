package inloop

import "sync"

func Run(jobs []int) {
	var wg sync.WaitGroup
	wg.Add(len(jobs))
	for _, job := range jobs {
		go func() {
			defer wg.Done()
			do(job)
		}()
		wg.Wait() // 3: wait group
	}
}

func do(int) {}

package deferred

import "sync"

func Run(jobs []int) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		if job == 0 {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if job == 1 {
				return
			}
			do(job)
		}()
	}
	wg.Wait() // 3: wait group
}

func do(int) {}

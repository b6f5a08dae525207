package early

import "sync"

func Run(jobs []int) {
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

package skip

import "sync"

func Run(jobs []int) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		if job == 0 {
			continue
		}
		go func() {
			defer wg.Done()
			do(job)
		}()
	}
	wg.Wait() // 3: wait group
}

func do(int) {}

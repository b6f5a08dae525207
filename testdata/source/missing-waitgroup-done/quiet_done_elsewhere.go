package elsewhere

import "sync"

func Run(jobs []int) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		go func() {
			if job == 0 {
				finish(&wg)
				return
			}
			do(job)
			wg.Done()
		}()
	}
	wg.Wait() // 3: wait group
}

func finish(wg *sync.WaitGroup) { wg.Done() }

func do(int) {}

package handed

import "sync"

func Run(jobs []int, start func(int, *sync.WaitGroup)) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		start(job, &wg)
	}
	wg.Wait() // 3: wait group
}

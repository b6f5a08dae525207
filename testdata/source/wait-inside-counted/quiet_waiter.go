package waiter

import "sync"

func Run(jobs []int) <-chan struct{} {
	var wg sync.WaitGroup
	done := make(chan struct{})
	for _, job := range jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			do(job)
		}()
	}
	go func() {
		wg.Wait() // 2: wait group; from 15
		close(done)
	}()
	return done
}

func do(int) {}

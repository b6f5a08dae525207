package inside

import "sync"

func Run() {
	wg := &sync.WaitGroup{}
	wg.Add(1)
	go func() {
		defer wg.Done()
		wg.Wait() // 2: wait group; from 8
	}()
}

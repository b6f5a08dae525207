package gos

import "sync"

func Run() {
	var wg sync.WaitGroup
	wg.Go(func() {
		wg.Wait() // 2: wait group
	})
}

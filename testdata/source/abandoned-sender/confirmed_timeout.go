package case1

import "time"

func price(id string) (int, bool) {
	ch := make(chan int)
	go func() {
		ch <- load(id) // 5: channel send; from 7
	}()
	select {
	case v := <-ch:
		return v, true
	case <-time.After(time.Second):
		return 0, false
	}
}

func load(id string) int { return len(id) }

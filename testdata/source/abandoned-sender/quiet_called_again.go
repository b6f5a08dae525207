package poll

import "time"

// The receiver gives up for a while and is called again until there is a value.
func next(ch chan int) (int, bool) {
	select {
	case v := <-ch:
		return v, true
	case <-time.After(time.Second):
		return 0, false
	}
}

func run() int {
	ch := make(chan int)
	go func() {
		ch <- 1 // 5: channel send; from 17
	}()
	for {
		if v, ok := next(ch); ok {
			return v
		}
	}
}

package quote

import "time"

// With room for the value the sender cannot wait: the source is another.
func price(id string) (int, bool) {
	ch := make(chan int, 1)
	go func() {
		ch <- len(id) // 5: channel send; from 8
	}()
	select {
	case v := <-ch:
		return v, true
	case <-time.After(time.Second):
		return 0, false
	}
}

package quote

import "time"

// Who times out leaves a goroutine that takes the value.
func price(id string) (int, bool) {
	ch := make(chan int)
	go func() {
		ch <- len(id) // 5: channel send; from 8
	}()
	select {
	case v := <-ch:
		return v, true
	case <-time.After(time.Second):
		go func() { <-ch }()
		return 0, false
	}
}

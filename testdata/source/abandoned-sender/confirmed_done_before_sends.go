package said

// `done` is closed by one of several senders: the others stay.
func several(n int) (sum int) {
	values := make(chan int)
	done := make(chan struct{})
	for i := 0; i < n; i++ {
		go func() {
			values <- i // 9: channel send; from 8
			if i == 2 {
				close(done)
			}
		}()
	}
	for {
		select {
		case v := <-values:
			sum += v
		case <-done:
			return sum
		}
	}
}

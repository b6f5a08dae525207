package said

// The sender closes `done`, and sends once more.
func late(f func() int) (sum int) {
	values := make(chan int)
	done := make(chan struct{})
	go func() {
		close(done)
		values <- f() // 9: channel send; from 7
	}()
	for {
		select {
		case v := <-values:
			sum += v
		case <-done:
			return sum
		}
	}
}

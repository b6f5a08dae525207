package fan

// As many receives as senders.
func all(urls []string) (n int) {
	out := make(chan int)
	for _, u := range urls {
		go func() {
			out <- len(u) // 9: channel send; from 7
		}()
	}
	for range urls {
		n += <-out
	}
	return n
}

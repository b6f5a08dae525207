package main

// With a buffer, done could be taken before the value.
func read(item string) int {
	prices, done := make(chan int), make(chan struct{})
	go func() {
		defer close(done)
		prices <- len(item) // 5: channel send
	}()
	select {
	case price := <-prices:
		return price
	case <-done:
		return 0
	}
}

func main() {
	read("tea")
}

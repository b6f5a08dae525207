package main

import "time"

// A deferred close would come when all items are done, and a buffer would let the log come early.
func priceAll(items []string, log chan<- string) int {
	sum := 0
	for _, item := range items {
		prices := make(chan int)
		go func() {
			prices <- len(item) // 5: channel send
			log <- item
		}()
		select {
		case price := <-prices:
			sum += price
		case <-time.After(time.Millisecond):
		}
	}
	return sum
}

func main() {
	priceAll([]string{"tea"}, make(chan string, 9))
}

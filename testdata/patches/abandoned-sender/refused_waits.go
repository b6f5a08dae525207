package main

import (
	"errors"
	"sync"
)

// The function waits for the senders before it returns.
func sum(all [][]int) (total int, err error) {
	values := make(chan int)
	var group sync.WaitGroup
	for _, list := range all {
		group.Add(1)
		go func() {
			defer group.Done()
			for _, value := range list {
				values <- value // 9: channel send; from 14
			}
		}()
	}
	for value := range values {
		if value < 0 {
			err = errors.New("negative")
			break
		}
		total += value
	}
	group.Wait()
	return total, err
}

func main() {
	call := sum
	go call([][]int{{1, -1}, {1}})
}

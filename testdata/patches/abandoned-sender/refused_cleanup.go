package main

import (
	"sync"
	"time"
)

type pool struct{ idle chan int }

// Leaving at the send would keep the number that the loop has taken.
func (p *pool) first(wanted int, wg *sync.WaitGroup) int {
	found := make(chan int)
	go func() {
		for number := range 9 {
			found <- number // 5: channel send
			p.idle <- number
		}
		wg.Done()
	}()
	for {
		select {
		case number := <-found:
			if number == wanted {
				return number
			}
		case <-time.After(time.Millisecond):
			return 0
		}
	}
}

func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	p := pool{idle: make(chan int, 9)}
	p.first(3, &wg)
}

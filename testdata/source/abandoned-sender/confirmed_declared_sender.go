package quote

import (
	"errors"
	"sync"
	"time"
)

// The sender is a function of its own, called by the goroutine's closure.
func ask(id string, out chan<- int) {
	out <- len(id) // 5: channel send; in 17; from 15
}

func price(id string, wg *sync.WaitGroup) (int, error) {
	ch := make(chan int)
	go func() {
		defer wg.Done()
		ask(id, ch)
	}()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case p := <-ch:
		return p, nil
	case <-timer.C:
		return 0, errors.New("too late")
	}
}

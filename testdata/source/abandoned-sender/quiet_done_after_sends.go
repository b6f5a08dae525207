package said

import (
	"context"
	"sync"
)

// The only sender closes `done` after its sends.
func one(n int) (sum int) {
	values := make(chan int)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < n; i++ {
			values <- i // 9: channel send; from 12
		}
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

// The senders are waited for before `done` is closed.
func many(n int) (sum int) {
	values := make(chan int)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			values <- i // 9: channel send; from 35
		}()
	}
	go func() {
		wg.Wait()
		close(done)
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

// It sends one value or the other.
func either(f func() (int, error)) (int, error) {
	values := make(chan int)
	errs := make(chan error)
	go func() {
		v, err := f()
		if err != nil {
			errs <- err // 3: channel send; from 58
			return
		}
		values <- v // 3: channel send; from 58
	}()
	select {
	case v := <-values:
		return v, nil
	case err := <-errs:
		return 0, err
	}
}

// Only the sender ends the context.
func ended(n int) (sum int) {
	ctx, cancel := context.WithCancel(context.Background())
	values := make(chan int)
	go func() {
		defer cancel()
		send(values, n)
	}()
	for {
		select {
		case v := <-values:
			sum += v
		case <-ctx.Done():
			return sum
		}
	}
}

func send(values chan<- int, n int) {
	for i := 0; i < n; i++ {
		values <- i // 3: channel send; in 80; from 78
	}
}

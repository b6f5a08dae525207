package async

import "time"

type result[T any] struct {
	value T
	err   error
}

// The channel is one of a generic type.
func within[T any](d time.Duration, f func() (T, error)) (T, bool) {
	ch := make(chan result[T])
	go func() {
		v, err := f()
		ch <- result[T]{v, err} // 3: channel send; from 13
	}()
	select {
	case r := <-ch:
		return r.value, r.err == nil
	case <-time.After(d):
		var zero T
		return zero, false
	}
}

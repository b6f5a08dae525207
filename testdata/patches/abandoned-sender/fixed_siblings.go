package main

import (
	"errors"
	"os"
	"runtime"
	"time"
)

func finish(work func() (int, error)) (int, error) {
	values := make(chan int)
	errs := make(chan error)
	go func() {
		value, err := work()
		if err != nil {
			errs <- err // 9: channel send; from 13
		} else {
			values <- value
		}
	}()
	select {
	case value := <-values:
		return value, nil
	case err := <-errs:
		return 0, err
	case <-time.After(time.Millisecond):
		return 0, errors.New("late")
	}
}

func main() {
	for i := range 10 {
		finish(func() (int, error) {
			time.Sleep(5 * time.Millisecond)
			if i%2 == 0 {
				return 0, errors.New("failed")
			}
			return 1, nil
		})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

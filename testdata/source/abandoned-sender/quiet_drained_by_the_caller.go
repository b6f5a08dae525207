package fan

import "errors"

func store(n int) error {
	if n == 3 {
		return errors.New("full")
	}
	return nil
}

func consume(in <-chan int) error {
	for n := range in {
		if err := store(n); err != nil {
			return err
		}
	}
	return nil
}

// Who called the receiver that left receives the rest.
func copyAll(tasks int) {
	out := make(chan int)
	go func() {
		defer close(out)
		for n := range tasks {
			out <- n // 9: channel send; from 24
		}
	}()
	if err := consume(out); err != nil {
		for range out { // the rest is not wanted
		}
	}
}

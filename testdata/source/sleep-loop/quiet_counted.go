package dial

import (
	"errors"
	"time"
)

func ping() error { return errors.New("down") }

// It gives up after the fifth attempt.
func retry() error {
	attempt := 0
	for {
		err := ping()
		if err == nil {
			return nil
		}
		attempt++
		if attempt == 5 {
			return err
		}
		time.Sleep(time.Second) // 9: sleep; from 27
	}
}

func start() {
	go retry()
}

package main

import (
	"errors"
	"time"
)

func ping() (int, error) { return 0, errors.New("down") }

// What the named results hold by then may count.
func retry() (tries int, err error) {
	for {
		tries++
		if _, err = ping(); err == nil {
			return
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 22
	}
}

func start() {
	go retry()
}

func main() {
	call := start
	for range 3 {
		call()
	}
}

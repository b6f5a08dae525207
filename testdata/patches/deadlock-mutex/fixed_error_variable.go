package main

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"time"
)

var errTooLittle = errors.New("too little")

type account struct {
	sync.Mutex
	balance int
	notify  func(int)
}

// An error that nothing sets is no state that the lock guards.
func (a *account) withdraw(n int) (err error) {
	a.Lock() // 7: lock
	if a.balance < n {
		return errTooLittle
	}
	a.balance -= n
	a.Unlock()
	a.notify(n)
	err = errTooLittle
	return err
}

func main() {
	a := account{notify: func(int) {}}
	for range 10 {
		go a.withdraw(5)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

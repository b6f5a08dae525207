package poll

import (
	"sync"
	"time"
)

var mu sync.Mutex
var n int

func poll() {
	for {
		mu.Lock() // 9: lock
		n++
		mu.Unlock()
		time.Sleep(time.Second) // 30: sleep
		if n > 100 {
			return
		}
	}
}

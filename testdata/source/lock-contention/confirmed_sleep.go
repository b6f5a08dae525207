package slow

import (
	"sync"
	"time"
)

var mu sync.Mutex

func write() {
	mu.Lock()               // 90: lock
	time.Sleep(time.Second) // 1: sleep
	mu.Unlock()
}

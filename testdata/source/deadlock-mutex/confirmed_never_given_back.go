package cache

import "sync"

var mu sync.Mutex
var entries = map[string]int{}

func Put(key string) {
	mu.Lock() // 9: lock
	entries[key]++
}

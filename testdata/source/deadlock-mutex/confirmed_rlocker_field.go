// Package cache keeps the read lock of a stale entry, which it takes by a locker in a field.
package cache

import (
	"errors"
	"sync"
)

type Entry struct {
	Key   string
	Stale bool
}

var ErrStale = errors.New("stale")

type Cache struct {
	mu    sync.RWMutex
	read  sync.Locker
	items map[string]*Entry
}

func New() *Cache {
	c := &Cache{items: map[string]*Entry{}}
	c.read = c.mu.RLocker()
	return c
}

func (c *Cache) Get(key string) (*Entry, error) {
	c.read.Lock()
	e, ok := c.items[key]
	if !ok {
		c.read.Unlock()
		return nil, nil
	}
	if e.Stale {
		return nil, ErrStale
	}
	c.read.Unlock()
	return e, nil
}

func (c *Cache) Put(e *Entry) {
	c.mu.Lock() // 23: rwlock
	defer c.mu.Unlock()
	c.items[e.Key] = e
}

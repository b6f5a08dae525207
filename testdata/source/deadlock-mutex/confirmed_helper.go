package registry

import "sync"

type Registry struct {
	mu    sync.Mutex
	names map[string]bool
}

func (r *Registry) lock()   { r.mu.Lock() } // 5: lock; in 14
func (r *Registry) unlock() { r.mu.Unlock() }

func (r *Registry) Add(name string) bool {
	r.lock()
	if r.names[name] {
		return false
	}
	r.names[name] = true
	r.unlock()
	return true
}

package hub

import "sync"

type Hub struct {
	mu      sync.RWMutex
	clients []chan string
}

func (h *Hub) Send(text string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, c := range h.clients {
		c <- text // 1: channel send
	}
}

func (h *Hub) Add(c chan string) {
	h.mu.Lock() // 30: rwlock
	h.clients = append(h.clients, c)
	h.mu.Unlock()
}

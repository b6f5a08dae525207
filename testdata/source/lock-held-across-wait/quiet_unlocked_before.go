package hub

import "sync"

type Hub struct {
	mu      sync.Mutex
	clients []chan string
}

func (h *Hub) Send(text string) {
	h.mu.Lock()
	clients := h.clients
	h.mu.Unlock()
	for _, c := range clients {
		c <- text // 1: channel send
	}
}

func (h *Hub) Add(c chan string) {
	h.mu.Lock() // 30: lock
	h.clients = append(h.clients, c)
	h.mu.Unlock()
}

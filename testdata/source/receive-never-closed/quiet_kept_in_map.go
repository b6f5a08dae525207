package hub

import "sync"

type hub struct {
	mu   sync.Mutex
	subs map[string]chan int
}

func (h *hub) subscribe(id string) {
	ch := make(chan int)
	h.mu.Lock()
	h.subs[id] = ch
	h.mu.Unlock()
	go func() {
		for v := range ch { // 5: channel receive; from 15
			_ = v
		}
	}()
}

func (h *hub) publish(v int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ch := range h.subs {
		ch <- v
	}
}

func (h *hub) drop(id string) {
	close(h.subs[id])
	delete(h.subs, id)
}

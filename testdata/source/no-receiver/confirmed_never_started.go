package hub

type hub struct {
	events chan int
	seen   int
}

func New() *hub {
	return &hub{events: make(chan int, 8)}
}

// Nothing starts it.
func (h *hub) run() {
	for e := range h.events {
		h.seen += e
	}
}

func (h *hub) Publish(e int) {
	h.events <- e // 12: channel send
}

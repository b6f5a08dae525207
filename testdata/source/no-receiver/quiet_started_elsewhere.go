package hub

type runner interface{ run() }

type hub struct {
	events chan int
	seen   int
}

func New() *hub {
	return &hub{events: make(chan int)}
}

// Started through the interface.
func (h *hub) run() {
	for e := range h.events {
		h.seen += e
	}
}

func begin(r runner) { go r.run() }

func (h *hub) Publish(e int) {
	h.events <- e // 12: channel send
}

// Package hub forgets a client without closing the channel that its writer ranges over.
package hub

type client struct {
	send chan []byte
}

type Hub struct {
	clients    map[*client]bool
	register   chan *client
	unregister chan *client
	broadcast  chan []byte
}

func (h *Hub) run() {
	for {
		select {
		case c := <-h.register:
			h.clients[c] = true
		case c := <-h.unregister:
			delete(h.clients, c)
		case m := <-h.broadcast:
			for c := range h.clients {
				select {
				case c.send <- m:
				default:
					delete(h.clients, c)
				}
			}
		}
	}
}

// Join adds a client and starts its writer.
func (h *Hub) Join(write func([]byte)) (leave func()) {
	c := &client{send: make(chan []byte, 4)}
	h.register <- c
	go c.writePump(write)
	return func() { h.unregister <- c }
}

func (c *client) writePump(write func([]byte)) {
	for m := range c.send { // 24: channel receive; from 38
		write(m)
	}
}

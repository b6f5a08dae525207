package chat

type client struct {
	send chan []byte
}

func serve(read func() ([]byte, error), write func([]byte) error) {
	c := &client{make(chan []byte, 256)}
	go c.pump(write)
	go c.read(read)
}

func (c *client) pump(write func([]byte) error) {
	for m := range c.send { // 70: channel receive; from 9
		if write(m) != nil {
			return
		}
	}
}

func (c *client) read(read func() ([]byte, error)) {
	for {
		m, err := read()
		if err != nil {
			return
		}
		c.send <- m
	}
}

package conn

import "sync"

type half struct {
	sync.Mutex
	n int
}

type Conn struct{ in, out half }

func (c *Conn) Renew() {
	c.in.Lock()
	defer c.in.Unlock()
	c.out.Lock() // 4: lock
	defer c.out.Unlock()
	c.in.n, c.out.n = 0, 0
}

package elsewhere

import "context"

type conn struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func dial() *conn {
	c := &conn{}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.read()
	return c
}

func (c *conn) read() {
	<-c.ctx.Done() // 30: channel receive; from 13
}

func (c *conn) close() { c.cancel() }

func Use() { defer dial().close() }

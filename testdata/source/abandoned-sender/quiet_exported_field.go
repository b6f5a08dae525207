// Package feed sends on an exported field: other packages may use it. Its Stop is never looked at.
package feed

import "time"

type Event struct {
	ID int
	At time.Time
}

type Client struct {
	C    chan Event
	stop chan struct{}
	next int
}

func Subscribe(start int) *Client {
	c := &Client{C: make(chan Event), stop: make(chan struct{}), next: start}
	go c.run()
	return c
}

func (c *Client) run() {
	for {
		c.next++
		c.C <- Event{ID: c.next, At: time.Now()} // 24: channel send; from 19
	}
}

func (c *Client) Stop() {
	close(c.stop)
}

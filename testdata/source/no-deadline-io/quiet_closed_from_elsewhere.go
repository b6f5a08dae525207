// Package peer closes its connections when the program is done with them, or is given them.
package peer

import "net"

type peer struct{ conn net.Conn }

func dial(address string) (*peer, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	p := &peer{conn: c}
	go p.read()
	return p, nil
}

func (p *peer) close() { p.conn.Close() }

func (p *peer) read() {
	buf := make([]byte, 512)
	p.conn.Read(buf) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read
}

func Serve(c net.Conn) {
	buf := make([]byte, 512)
	c.Read(buf) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read
}

// Package peer reads from connections that nothing ends.
package peer

import "net"

func dial(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	go read(c)
	return nil
}

func read(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 512)
	for {
		if _, err := c.Read(buf); err != nil { // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read; from 11
			return
		}
	}
}

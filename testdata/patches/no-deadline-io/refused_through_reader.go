package main

import (
	"io"
	"net"
)

func dial(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	go read(conn)
	return nil
}

// One deadline for the whole would end a long answer.
func read(conn net.Conn) {
	defer conn.Close()
	io.ReadAll(conn) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read < io.ReadAll; from 13
}

func main() {
	call := dial
	if err := call(""); err != nil {
		return
	}
}

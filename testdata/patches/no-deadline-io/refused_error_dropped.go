package main

import "net"

func dial(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	go read(conn)
	return nil
}

// The loop would go on after a deadline.
func read(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 512)
	for {
		n, _ := conn.Read(buf) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read; from 10
		println(n)
	}
}

func main() {
	call := dial
	if err := call(""); err != nil {
		return
	}
}

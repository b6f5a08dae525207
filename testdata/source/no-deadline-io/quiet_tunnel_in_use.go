// Package tunnel closes both ends only when both copies are done; but both are at work.
package tunnel

import (
	"io"
	"net"
	"sync"
)

func pipe(client, up net.Conn) {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		io.Copy(up, client) // 30: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read < io.Copy; from 13
	}()
	go func() {
		defer wg.Done()
		io.Copy(client, up) // 30: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read < io.Copy; from 17
	}()
	wg.Wait() // 30: wait group
	up.Close()
	client.Close()
}

// Package tunnel copies both ways; whichever copy ends first closes both ends.
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
		defer up.Close()
		io.Copy(up, client) // 30: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read < io.Copy; from 13
	}()
	go func() {
		defer wg.Done()
		defer client.Close()
		io.Copy(client, up)
	}()
	wg.Wait() // 30: wait group
}

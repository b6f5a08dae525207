// Command kwok cancels tunnels, and then closes their ends.
package main

import (
	"context"
	"net"
	"time"

	tunnel "sigs.k8s.io/kwok/pkg/utils/net"
)

func main() {
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		here, there := net.Pipe()
		other, end := net.Pipe()
		time.AfterFunc(time.Millisecond, cancel)
		_ = tunnel.Tunnel(ctx, here, other, make([]byte, 64), make([]byte, 64))
		for _, it := range []net.Conn{here, there, other, end} {
			_ = it.Close()
		}
	}
	finish("net.Tunnel")
}

// Command watermill subscribes after the end.
package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
)

func main() {
	channel := gochannel.NewGoChannel(gochannel.Config{}, watermill.NopLogger{})
	_ = channel.Close()
	for range 20 {
		go func() { _, _ = channel.Subscribe(context.Background(), "a") }()
	}
	finish("(*GoChannel).Subscribe")
}

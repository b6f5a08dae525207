package stopped

import (
	"os"
	"os/signal"
)

func Watch(done chan struct{}) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		for range c { // 9: channel receive; from 11
			load()
		}
	}()
	<-done
	signal.Stop(c)
	close(c)
}

func load() {}

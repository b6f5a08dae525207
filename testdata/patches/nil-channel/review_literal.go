package main

import (
	"os"
	"runtime"
	"time"
)

type poller struct {
	name string
	wake chan struct{}
}

func (p *poller) loop() {
	<-p.wake // 9: channel receive (nil channel)
}

func (p *poller) notify() {
	p.wake <- struct{}{} // 9: channel send (nil channel)
}

func main() {
	for range 10 {
		p := &poller{name: "a"}
		go p.loop()
		go p.notify()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}

package main

type poller struct {
	name string
	wake chan struct{}
}

func (p *poller) loop() {
	<-p.wake // 9: channel receive (nil channel)
}

func (p *poller) notify() {
	p.wake <- struct{}{}
}

func main() {
	p, q := &poller{name: "a"}, &poller{name: "b"}
	go p.loop()
	q.notify()
}

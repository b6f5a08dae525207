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
	p := new(poller)
	p.name = "a"
	go p.loop()
	p.notify()
}

package poll

type poller struct {
	wake chan struct{}
	n    int
}

func begin() *poller {
	p := &poller{n: 1}
	go p.loop()
	return p
}

func (p *poller) loop() {
	<-p.wake // 5: channel receive (nil channel); from 10
}

func (p *poller) poke() {
	p.wake <- struct{}{} // 2: channel send (nil channel)
}

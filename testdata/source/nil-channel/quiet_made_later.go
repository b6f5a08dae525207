package poll

type poller struct {
	wake chan struct{}
}

func (p *poller) open() {
	p.wake = make(chan struct{})
}

func begin() *poller {
	p := &poller{}
	go p.loop()
	return p
}

func (p *poller) loop() {
	<-p.wake // 5: channel receive (nil channel); from 13
}

func (p *poller) poke() {
	p.wake <- struct{}{}
}

package poll

type poller struct {
	wake chan struct{}
}

func Begin(wake chan struct{}) *poller {
	p := &poller{wake: wake}
	go p.loop()
	return p
}

func (p *poller) loop() {
	<-p.wake // 5: channel receive (nil channel); from 9
}

package mail

import "time"

type mailer struct {
	queue chan string
}

func newMailer() *mailer {
	m := &mailer{queue: make(chan string)}
	go m.run()
	return m
}

func (m *mailer) run() {
	for to := range m.queue {
		m.deliver(to)
	}
}

func (m *mailer) deliver(string) {
	time.Sleep(time.Second) // 1: sleep; in 17; from 11
}

// The caller waits itself.
func (m *mailer) notify(to string) {
	m.queue <- to // 900: channel send
}

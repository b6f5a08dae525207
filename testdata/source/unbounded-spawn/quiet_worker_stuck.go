package mail

import "sync"

type mailer struct {
	mu    sync.Mutex
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
	m.mu.Lock() // 1: lock; in 18; from 12
	defer m.mu.Unlock()
}

func (m *mailer) notify(to string) {
	go func() {
		m.queue <- to // 900: channel send; from 28
	}()
}

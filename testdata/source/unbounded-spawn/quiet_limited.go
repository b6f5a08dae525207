package mail

import (
	"time"

	"golang.org/x/sync/errgroup"
)

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
	time.Sleep(time.Second) // 1: sleep; in 21; from 15
}

func (m *mailer) notify(all []string) error {
	var group errgroup.Group
	group.SetLimit(100)
	for _, to := range all {
		group.Go(func() error {
			m.queue <- to // 90: channel send; from 33
			return nil
		})
	}
	return group.Wait()
}

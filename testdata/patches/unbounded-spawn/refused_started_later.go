package main

import (
	"time"

	"golang.org/x/sync/errgroup"
)

type mailer struct {
	queue chan string
}

func (m *mailer) run() {
	for to := range m.queue {
		m.deliver(to)
	}
}

func (m *mailer) deliver(string) {
	time.Sleep(time.Second) // 1: sleep; in 15; in 31
}

// With a limit the eleventh Go would wait for a receiver that comes after it.
func (m *mailer) notify(all []string) {
	var group errgroup.Group
	for _, to := range all {
		group.Go(func() error {
			m.queue <- to // 90: channel send; from 27
			return nil
		})
	}
	m.run()
}

func main() {
	m := &mailer{queue: make(chan string)}
	m.notify(nil)
}

package main

import (
	"os"
	"runtime"
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
	time.Sleep(time.Second) // 1: sleep; in 23; from 17
}

func (m *mailer) notify(all []string) error {
	var group errgroup.Group
	for _, to := range all {
		group.Go(func() error {
			m.queue <- to // 90: channel send; from 34
			return nil
		})
	}
	return group.Wait()
}

func main() {
	m := newMailer()
	go m.notify(make([]string, 100))

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 15 {
		os.Exit(1)
	}
}

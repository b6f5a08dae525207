package main

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

// A go statement has no limit to set.
func (m *mailer) notify(to string) {
	go func() {
		m.queue <- to // 90: channel send; from 27
	}()
}

func main() {
	m := newMailer()
	m.notify("a")
}

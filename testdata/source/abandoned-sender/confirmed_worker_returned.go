// Package mailer has one worker, which returns at the first error of a kind.
package mailer

import (
	"errors"
	"log"
)

type Mail struct{ To, Body string }

type Mailer struct {
	queue chan Mail
	send  func(Mail) error
}

func New(send func(Mail) error) *Mailer {
	m := &Mailer{queue: make(chan Mail, 8), send: send}
	go m.worker()
	return m
}

var ErrFatal = errors.New("relay refused us")

func (m *Mailer) worker() {
	for mail := range m.queue {
		if err := m.send(mail); err != nil {
			log.Printf("mail to %s: %v", mail.To, err)
			if errors.Is(err, ErrFatal) {
				return
			}
		}
	}
}

func (m *Mailer) Enqueue(mail Mail) {
	m.queue <- mail // 23: channel send
}

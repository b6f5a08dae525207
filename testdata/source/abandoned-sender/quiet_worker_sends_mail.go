// Package mailer has one worker, which is there, and busy.
package mailer

import (
	"errors"
	"net"
)

type Mail struct{ To, Body string }

type Mailer struct {
	queue chan Mail
	conn  net.Conn
}

func New(conn net.Conn) *Mailer {
	m := &Mailer{queue: make(chan Mail, 8), conn: conn}
	go m.worker()
	return m
}

var ErrFatal = errors.New("relay refused us")

func (m *Mailer) worker() {
	for mail := range m.queue {
		if _, err := m.conn.Write([]byte(mail.Body)); err != nil { // 1: network; below net.(*conn).Write
			return
		}
	}
}

func (m *Mailer) Enqueue(mail Mail) {
	m.queue <- mail // 23: channel send
}

// Package etl closes the channel on all of its ways out but one that is no error.
package etl

import "sync/atomic"

type Loader struct {
	Loaded atomic.Int64
}

func (l *Loader) Run(lines []string) {
	rows := make(chan string)
	go l.insert(rows)
	if len(lines) == 0 {
		return
	}
	for _, line := range lines {
		rows <- line
	}
	close(rows)
}

func (l *Loader) insert(rows <-chan string) {
	for range rows { // 32: channel receive; from 12
		l.Loaded.Add(1)
	}
}

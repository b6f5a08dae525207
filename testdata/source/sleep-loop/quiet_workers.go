// Package rows has workers that sleep in the work itself, until the queue is closed or a row fails.
package rows

import (
	"sync"
	"time"
)

type queue struct {
	mu   sync.Mutex
	rows []int
}

func (q *queue) take() (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.rows) == 0 {
		return 0, false
	}
	row := q.rows[0]
	q.rows = q.rows[1:]
	return row, true
}

func write(row int) error {
	time.Sleep(40 * time.Millisecond) // 12: sleep; in 36; from 46
	return nil
}

func work(q *queue) error {
	for {
		row, ok := q.take()
		if !ok {
			return nil
		}
		if err := write(row); err != nil {
			return err
		}
	}
}

// Import writes rows.
func Import(rows <-chan []int) {
	for part := range rows {
		q := &queue{rows: part}
		go work(q)
	}
}

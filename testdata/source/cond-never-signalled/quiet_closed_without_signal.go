// Package jobq closes its queue without a signal: candidate, because nothing shows that it is closed.
package jobq

import "sync"

type Queue struct {
	mu     sync.Mutex
	cond   *sync.Cond
	jobs   []func()
	closed bool
}

func New(workers int) *Queue {
	q := &Queue{}
	q.cond = sync.NewCond(&q.mu)
	for range workers {
		go q.work()
	}
	return q
}

func (q *Queue) Add(job func()) {
	q.mu.Lock()
	q.jobs = append(q.jobs, job)
	q.mu.Unlock()
	q.cond.Signal()
}

func (q *Queue) work() {
	for {
		q.mu.Lock()
		for len(q.jobs) == 0 && !q.closed {
			q.cond.Wait() // 36: condition; from 17
		}
		if q.closed {
			q.mu.Unlock()
			return
		}
		job := q.jobs[0]
		q.jobs = q.jobs[1:]
		q.mu.Unlock()
		job()
	}
}

func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.jobs = nil
}

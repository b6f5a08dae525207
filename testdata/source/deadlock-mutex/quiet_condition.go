package queue

import "sync"

type Queue struct {
	mu    sync.Mutex
	ready *sync.Cond
	items []int
}

func New() *Queue {
	q := &Queue{}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *Queue) Take() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.ready.Wait() // 8: condition
	}
	return q.items[0]
}

func (q *Queue) Put(n int) {
	q.mu.Lock() // 2: lock
	defer q.mu.Unlock()
	q.items = append(q.items, n)
	q.ready.Signal()
}

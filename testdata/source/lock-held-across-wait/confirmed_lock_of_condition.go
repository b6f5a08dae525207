package queue

import "sync"

type Queue struct {
	mu    sync.Mutex
	ready *sync.Cond
	items chan int
}

func New() *Queue {
	q := &Queue{items: make(chan int)}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *Queue) Take() int {
	q.ready.L.Lock()
	defer q.ready.L.Unlock()
	return <-q.items // 1: channel receive
}

func (q *Queue) Put(n int) {
	q.mu.Lock() // 7: lock
	defer q.mu.Unlock()
	q.items <- n
}

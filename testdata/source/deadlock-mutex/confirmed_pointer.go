package job

import "sync"

type Queue struct {
	mu   sync.Mutex
	jobs []int
}

type worker struct {
	lock *sync.Mutex
	done chan int
}

func (q *Queue) Start() *worker {
	return &worker{lock: &q.mu}
}

func (w *worker) finish(n int) bool {
	w.lock.Lock()
	if n == 0 {
		return false
	}
	w.lock.Unlock()
	return true
}

func (q *Queue) Push(n int) {
	q.mu.Lock() // 6: lock
	q.jobs = append(q.jobs, n)
	q.mu.Unlock()
}

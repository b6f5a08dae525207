package work

import "sync"

type Work struct {
	mu   sync.Mutex
	jobs chan int
	sum  int
}

func New(jobs chan int) *Work {
	return &Work{jobs: jobs}
}

// Start holds the lock only while it starts the goroutine.
func (w *Work) Start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	go func() {
		w.sum += <-w.jobs // 4: channel receive; from 19
	}()
}

func (w *Work) Sum() int {
	w.mu.Lock() // 6: lock
	defer w.mu.Unlock()
	return w.sum
}

package watch

import "sync"

type Watcher struct {
	mu     sync.Mutex
	closed bool
	events []string
}

func (w *Watcher) loop() {
	for {
		w.mu.Lock()
		if w.closed {
			break
		}
		w.events = nil
		w.mu.Unlock()
	}
}

func (w *Watcher) Add(name string) {
	w.mu.Lock() // 3: lock
	defer w.mu.Unlock()
	w.events = append(w.events, name)
}

package other

type worker struct {
	jobs    chan func()
	stopped bool
}

func (w *worker) Run() {
	for {
		select { // 9: select
		case f := <-w.jobs:
			f()
		}
		if w.stopped {
			return
		}
	}
}

func (w *worker) Do(f func()) { w.jobs <- f }

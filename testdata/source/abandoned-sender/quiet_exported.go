package feed

import "time"

// Other packages may receive from it.
type Feed struct {
	Updates chan int
}

func New() *Feed {
	f := &Feed{Updates: make(chan int)}
	go f.run()
	return f
}

func (f *Feed) run() {
	for i := 0; ; i++ {
		f.Updates <- i // 5: channel send; from 12
	}
}

func (f *Feed) wait() bool {
	select {
	case <-f.Updates:
		return true
	case <-time.After(time.Second):
		return false
	}
}

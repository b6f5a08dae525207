package tail

type tail struct{ stop chan struct{} }

func follow(f func()) {
	t := &tail{stop: make(chan struct{})}
	go func() {
		<-t.stop // 9: channel receive; from 7
	}()
	f()
	t.end()
}

func (t *tail) end() {
	close(t.stop)
}

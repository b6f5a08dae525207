package tail

type tail struct{ stop chan struct{} }

func follow() *tail {
	t := &tail{stop: make(chan struct{})}
	go func() {
		<-t.stop // 9: channel receive; from 7
	}()
	return t
}

func (t *tail) end() {
	close(t.stop)
}

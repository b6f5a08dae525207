package tail

type Tail struct{ stop chan struct{} }

func Follow() *Tail {
	t := &Tail{stop: make(chan struct{})}
	go func() {
		<-t.stop // 9: channel receive; from 7
	}()
	return t
}

func (t *Tail) Close() error {
	close(t.stop)
	return nil
}

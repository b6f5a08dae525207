package pool

import "errors"

type pool struct{ slots chan struct{} }

func open(n int) *pool { return &pool{slots: make(chan struct{}, 4)} }

// A connection keeps its place until it is put back.
func (p *pool) get(ok bool) (int, error) {
	p.slots <- struct{}{} // 9: channel send
	if !ok {
		<-p.slots
		return 0, errors.New("closed")
	}
	return 1, nil
}

func (p *pool) put() {
	<-p.slots
}

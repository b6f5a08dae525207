package session

type session struct{ done chan struct{} }

func open() *session {
	s := &session{done: make(chan struct{})}
	go s.watch()
	return s
}

func (s *session) watch() {
	<-s.done // 8: channel receive; from 7
}

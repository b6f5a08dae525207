package logs

import "sync"

// Logger starts a goroutine with its first rotation, and each rotation sends to it.
type Logger struct {
	once    sync.Once
	rotated chan bool
}

func (l *Logger) run(remove func()) {
	for range l.rotated { // 20: channel receive; from 20
		remove()
	}
}

func (l *Logger) rotate(remove func()) {
	l.once.Do(func() {
		l.rotated = make(chan bool, 1)
		go l.run(remove)
	})
	select {
	case l.rotated <- true:
	default:
	}
}

func (l *Logger) Write(line string) {
	if line == "" {
		l.rotate(func() {})
	}
}

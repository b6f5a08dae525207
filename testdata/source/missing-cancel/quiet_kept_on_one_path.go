// Package watchdog keeps the cancel function, but not if it is full: candidate, because which path was taken is not seen.
package watchdog

import (
	"context"
	"errors"
	"sync"
)

type Dog struct {
	mu      sync.Mutex
	cancels map[string]context.CancelFunc
	limit   int
}

var ErrFull = errors.New("watchdog: full")

func (d *Dog) Watch(name string, onEnd func()) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-ctx.Done() // 24: channel receive; from 20
		onEnd()
	}()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.cancels) >= d.limit {
		return ErrFull
	}
	d.cancels[name] = cancel
	return nil
}

func (d *Dog) End(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cancel, ok := d.cancels[name]; ok {
		cancel()
		delete(d.cancels, name)
	}
}

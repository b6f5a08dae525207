// Package watchdog keeps the cancel function on every path.
package watchdog

import (
	"context"
	"errors"
)

type Dog struct {
	cancels map[string]context.CancelFunc
}

func (d *Dog) Watch(name string, onEnd func()) error {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancels[name] = cancel
	go func() {
		<-ctx.Done() // 24: channel receive; from 16
		onEnd()
	}()
	if name == "" {
		return errors.New("no name")
	}
	return nil
}

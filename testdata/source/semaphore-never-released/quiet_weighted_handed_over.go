// Package thumbs releases in a goroutine what it took, and in another method.
package thumbs

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"
)

type Thumbs struct {
	slots *semaphore.Weighted
	done  chan struct{}
}

func New() *Thumbs { return &Thumbs{slots: semaphore.NewWeighted(4)} }

func (t *Thumbs) Start(ctx context.Context, work func()) error {
	if err := t.slots.Acquire(ctx, 1); err != nil { // 11: select; below golang.org/x/sync/semaphore.(*Weighted).Acquire
		return err
	}
	if work == nil {
		return errors.New("nothing to do")
	}
	go func() {
		work()
		t.Finish()
	}()
	return nil
}

func (t *Thumbs) Finish() { t.slots.Release(1) }

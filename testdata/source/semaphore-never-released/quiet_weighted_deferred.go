// Package thumbs releases its slot on each path: by defer, and before each return.
package thumbs

import (
	"context"

	"golang.org/x/sync/semaphore"
)

type Thumbs struct {
	slots *semaphore.Weighted
}

func New() *Thumbs { return &Thumbs{slots: semaphore.NewWeighted(4)} }

func (t *Thumbs) Make(ctx context.Context, decode func() ([]byte, error)) ([]byte, error) {
	if err := t.slots.Acquire(ctx, 1); err != nil { // 11: select; below golang.org/x/sync/semaphore.(*Weighted).Acquire
		return nil, err
	}
	defer t.slots.Release(1)
	return decode()
}

func (t *Thumbs) Check(ctx context.Context, decode func() ([]byte, error)) error {
	err := t.slots.Acquire(ctx, 1)
	if err != nil {
		return err
	}
	if _, err := decode(); err != nil {
		t.slots.Release(1)
		return err
	}
	t.slots.Release(1)
	return nil
}

// Package thumbs takes and releases a slot only if there is a limit.
package thumbs

import (
	"context"

	"golang.org/x/sync/semaphore"
)

type Thumbs struct {
	slots     *semaphore.Weighted
	isLimited bool
}

func New() *Thumbs { return &Thumbs{slots: semaphore.NewWeighted(4), isLimited: true} }

func (t *Thumbs) Make(ctx context.Context, decode func() []byte) ([]byte, error) {
	if t.isLimited {
		if err := t.slots.Acquire(ctx, 1); err != nil { // 11: select; below golang.org/x/sync/semaphore.(*Weighted).Acquire
			return nil, err
		}
	}
	img := decode()
	if t.isLimited {
		t.slots.Release(1)
	}
	return img, nil
}

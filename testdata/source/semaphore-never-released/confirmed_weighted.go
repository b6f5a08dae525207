// Package thumbs keeps its slot if a picture cannot be read.
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
	img, err := decode()
	if err != nil {
		return nil, err
	}
	t.slots.Release(1)
	return img, nil
}

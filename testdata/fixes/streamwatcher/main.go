// Command streamwatcher stops watchers that have an event at hand.
package main

import (
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

type decoder struct{ end chan struct{} }

func (d decoder) Decode() (watch.EventType, runtime.Object, error) {
	select {
	case <-d.end:
		return "", nil, errors.New("closed")
	default:
		return watch.Added, &metav1.Status{}, nil
	}
}

func (d decoder) Close() { close(d.end) }

type reporter struct{}

func (reporter) AsObject(error) runtime.Object { return &metav1.Status{} }

var _ = meta.Accessor

func main() {
	for range 20 {
		watcher := watch.NewStreamWatcher(decoder{make(chan struct{})}, reporter{})
		time.Sleep(time.Millisecond)
		watcher.Stop()
	}
	finish("(*StreamWatcher).receive")
}

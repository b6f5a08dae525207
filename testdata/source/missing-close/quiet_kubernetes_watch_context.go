// Package deploy gives its watch a context that ends.
package deploy

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

type Deployer struct{ client kubernetes.Interface }

func (d *Deployer) Wait(namespace string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := d.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	select { // 23: select; lib k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive
	case <-w.ResultChan():
	case <-time.After(10 * time.Second):
	}
	return nil
}

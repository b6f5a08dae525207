// Package deploy stops its watch.
package deploy

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

type Deployer struct{ client kubernetes.Interface }

func (d *Deployer) Wait(namespace string) error {
	w, err := d.client.CoreV1().ConfigMaps(namespace).Watch(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer w.Stop()
	select { // 23: select; lib k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive
	case <-w.ResultChan():
	case <-time.After(10 * time.Second):
	}
	return nil
}

// Package lease stops its heartbeat on each path.
package lease

import "time"

func keepAlive(id int, done <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select { // 18: select; from 20
		case <-tick.C:
		case <-done:
			return
		}
	}
}

func run(id int, job func(int) error) error {
	done := make(chan struct{})
	go keepAlive(id, done)
	if err := job(id); err != nil {
		close(done)
		return err
	}
	close(done)
	return nil
}

// Run runs jobs for ever.
func Run(ids <-chan int, job func(int) error) {
	for id := range ids {
		run(id, job)
	}
}

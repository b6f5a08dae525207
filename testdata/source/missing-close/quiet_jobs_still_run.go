// Package lease stops its heartbeat only if the job succeeds; but the jobs of these heartbeats still run.
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

func run(id int) error {
	done := make(chan struct{})
	go keepAlive(id, done)
	if err := resize(id); err != nil {
		return err
	}
	close(done)
	return nil
}

func resize(id int) error {
	time.Sleep(time.Minute) // 18: sleep; in 21
	return nil
}

// Run runs jobs for ever.
func Run(ids <-chan int) {
	for id := range ids {
		go run(id)
	}
}

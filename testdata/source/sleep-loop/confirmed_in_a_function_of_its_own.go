package backoff

import "time"

func Connect() {
	for dial() != nil {
		wait()
	}
}

func wait() {
	time.Sleep(time.Second) // 20: sleep; in 7
}

func dial() error { return nil }

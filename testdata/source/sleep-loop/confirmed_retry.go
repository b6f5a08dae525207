package retry

import "time"

func connect() {
	for {
		if err := dial(); err == nil {
			return
		}
		time.Sleep(time.Second) // 20: sleep; from 14
	}
}

func Handle() { go connect() }

func dial() error { return nil }

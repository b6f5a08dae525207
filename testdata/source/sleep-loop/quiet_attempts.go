package attempts

import "time"

func Connect() {
	for n := 0; ; n++ {
		if dial() == nil || n > 5 {
			return
		}
		time.Sleep(time.Second) // 20: sleep
	}
}

func dial() error { return nil }

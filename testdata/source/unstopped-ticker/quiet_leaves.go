package leaves

import "time"

func Wait(ready func() bool) {
	for range time.Tick(time.Second) { // 5: channel receive
		if ready() {
			return
		}
	}
}

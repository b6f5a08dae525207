package later

import "time"

func later() {
	stuck := make(chan int)
	time.AfterFunc(time.Second, func() {
		stuck <- 1 // 3: channel send
	})
}

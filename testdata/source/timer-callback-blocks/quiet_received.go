package later

import "time"

func later() int {
	stuck := make(chan int)
	time.AfterFunc(time.Second, func() {
		stuck <- 1 // 3: channel send
	})
	return <-stuck
}

package later

import "time"

var all []chan int

func later() {
	stuck := make(chan int)
	all = append(all, stuck)
	time.AfterFunc(time.Second, func() {
		stuck <- 1 // 3: channel send
	})
}

package poll

import "time"

func poll(quit chan int) {
	for {
		select { // 7: select; from 17
		case <-time.After(time.Second):
			try()
		case <-quit:
			return
		}
	}
}

func Start() {
	go poll(make(chan int))
}

func try() {}

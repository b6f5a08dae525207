package changed

import "runtime"

func Run() {
	stop := false
	go func() {
		for !stop {
			runtime.Gosched() // 8: nothing; from 7
		}
	}()
	stop = true
}

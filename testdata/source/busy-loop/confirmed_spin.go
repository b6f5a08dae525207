package spin

import "runtime"

func spin(stop *int) {
	for *stop == 0 {
		runtime.Gosched() // 8: nothing; from 12
	}
}

func Start() {
	go spin(new(int))
}

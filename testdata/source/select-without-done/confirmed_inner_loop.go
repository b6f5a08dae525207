package inner

func Run(in, out chan int) {
	for {
		for {
			select { // 7: select
			case v := <-in:
				if v == 0 {
					break
				}
				out <- v
				continue
			}
			break
		}
	}
}

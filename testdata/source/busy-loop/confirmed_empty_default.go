package polls

func Poll(jobs chan func()) {
	for {
		select { // 8: nothing
		case f := <-jobs:
			f()
		default:
		}
	}
}

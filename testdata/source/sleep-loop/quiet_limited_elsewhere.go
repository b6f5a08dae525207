package retry

import "time"

type budget struct{ left int }

func (b *budget) spend() bool {
	b.left--
	return b.left >= 0
}

func try() error { return nil }

// The second exit may be a limit.
func Retry(b *budget) {
	for {
		if err := try(); err == nil {
			return
		}
		if !b.spend() {
			return
		}
		time.Sleep(time.Second) // 9: sleep
	}
}

package meter

import "time"

type meter struct{ n int }

func (m *meter) run() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for range t.C { // 5: channel receive; from 14
		m.n++
	}
}

func Handle() { go (&meter{}).run() }

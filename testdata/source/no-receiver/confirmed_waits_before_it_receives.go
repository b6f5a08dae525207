// Package resize waits for all workers before it receives what they send.
package resize

import "sync"

type Image struct{ W, H int }

func All(images []Image, to int) []Image {
	var wg sync.WaitGroup
	out := make(chan Image)
	for _, im := range images {
		wg.Add(1)
		go func() {
			defer wg.Done()
			out <- Image{W: to, H: im.H * to / im.W} // 32: channel send; from 13
		}()
	}
	wg.Wait() // 16: wait group
	close(out)
	var done []Image
	for im := range out {
		done = append(done, im)
	}
	return done
}

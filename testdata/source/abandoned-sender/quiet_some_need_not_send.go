package copies

import "io"

// Three goroutines run the closure, and two of them send: the buffer takes both.
func stream(in, out, err io.ReadWriter, failed chan error) error {
	done := make(chan struct{}, 2)
	cp := func(name string, dst io.Writer, src io.Reader) {
		io.Copy(dst, src)
		if name != "in" {
			done <- struct{}{} // 9: channel send; from 15
		}
	}
	go cp("in", in, in)
	go cp("out", out, out)
	go cp("err", err, err)
	for range 2 {
		select {
		case <-done:
		case err := <-failed:
			return err
		}
	}
	return nil
}

package pool

import "errors"

var slots = make(chan struct{}, 4)

// Who gets a place gives it back by the function that is returned.
func take(ok bool) (func(), error) {
	slots <- struct{}{} // 9: channel send
	if !ok {
		<-slots
		return nil, errors.New("closed")
	}
	return func() { <-slots }, nil
}

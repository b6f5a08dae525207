// Package stream reads a body for a long time: the reader is in the same profile.
package stream

import (
	"bufio"
	"net/http"
)

func Lines(url string, use func(string)) {
	resp, err := http.Get(url)
	if err != nil {
		return
	}
	scanner := bufio.NewScanner(resp.Body)
	for scanner.Scan() { // 12: condition; below net/http.(*bodyEOFSignal).Read < bufio.(*Scanner).Scan
		use(scanner.Text())
	}
}

// 12: select; alone net/http.(*persistConn).readLoop

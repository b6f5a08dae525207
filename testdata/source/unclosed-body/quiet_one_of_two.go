// Package two has two places that forget a body: the profile does not say which of them it was.
package two

import "net/http"

func isUp(url string) bool {
	resp, err := http.Get(url)
	return err == nil && resp.StatusCode == 200
}

func size(url string) int64 {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	return resp.ContentLength
}

// 12: select; alone net/http.(*persistConn).readLoop

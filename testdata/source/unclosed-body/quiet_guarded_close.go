// Package guard closes what there is to close.
package guard

import (
	"encoding/json"
	"net/http"
)

func Number(url string) (n int, err error) {
	resp, err := http.Get(url)
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		return 0, err
	}
	err = json.NewDecoder(resp.Body).Decode(&n)
	return n, err
}

func Other(url string) int {
	resp, err := http.Get(url)
	if err == nil {
		resp.Body.Close()
	}
	return 1
}

// Head has no body to close.
func Head(url string) bool {
	resp, err := http.Head(url)
	return err == nil && resp.StatusCode == 200
}

// 12: select; alone net/http.(*persistConn).readLoop

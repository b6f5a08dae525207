// Package all reads each body to its end: the connection goes back to the pool, closed or not.
package all

import (
	"io"
	"net/http"
)

func Text(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// 12: select; alone net/http.(*persistConn).readLoop

// Package poll defers the close in a loop without an end.
package poll

import (
	"encoding/json"
	"net/http"
	"time"
)

func Watch(url string, use func(int)) {
	for {
		resp, err := http.Get(url)
		if err != nil {
			continue
		}
		defer resp.Body.Close()
		var n int
		if json.NewDecoder(resp.Body).Decode(&n) == nil {
			use(n)
		}
		time.Sleep(time.Second)
	}
}

// 90: select; alone net/http.(*persistConn).readLoop

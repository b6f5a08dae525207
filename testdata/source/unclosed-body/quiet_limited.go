// Package limited forgets bodies too, and a timeout of the client or of the request ends each of them.
package limited

import (
	"context"
	"net/http"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func isUp(url string) bool {
	resp, err := client.Get(url)
	return err == nil && resp.StatusCode == 200
}

func isUpSoon(ctx context.Context, url string) bool {
	ctx2, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx2, "GET", url, nil)
	resp, err := http.DefaultClient.Do(req)
	return err == nil && resp.StatusCode == 200
}

// 12: select; alone net/http.(*persistConn).readLoop

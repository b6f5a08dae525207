// Package ping looks at the status alone.
package ping

import "net/http"

type probe struct{ client *http.Client }

func (p *probe) isUp(url string) bool {
	resp, err := p.client.Get(url)
	return err == nil && resp.StatusCode == http.StatusOK
}

// 12: select; alone net/http.(*persistConn).readLoop

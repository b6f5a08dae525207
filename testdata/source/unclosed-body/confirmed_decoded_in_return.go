// Package health forgets the body where the status is not the wanted one, and decodes it in its last return.
package health

import (
	"encoding/json"
	"fmt"
	"net/http"
)

type Status struct {
	OK bool `json:"ok"`
}

type Checker struct {
	Client *http.Client
	Base   string
}

func New(base string) *Checker {
	return &Checker{Client: &http.Client{Timeout: 0}, Base: base}
}

func (c *Checker) Check(name string) (Status, error) {
	resp, err := c.Client.Get(c.Base + "/" + name)
	if err != nil {
		return Status{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return Status{}, fmt.Errorf("%s: %s", name, resp.Status)
	}
	defer resp.Body.Close()
	var s Status
	return s, json.NewDecoder(resp.Body).Decode(&s)
}

// 40: select; alone net/http.(*persistConn).readLoop

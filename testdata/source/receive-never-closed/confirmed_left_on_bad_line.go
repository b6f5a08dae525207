// Package etl leaves its workers behind if a line is bad.
package etl

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

type Loader struct {
	Loaded atomic.Int64
}

func (l *Loader) Run(r io.Reader) error {
	rows := make(chan string)
	for range 2 {
		go l.insert(rows)
	}
	sc := bufio.NewScanner(r)
	n := 0
	for sc.Scan() {
		n++
		if strings.Contains(sc.Text(), "\x00") {
			return fmt.Errorf("line %d: NUL", n)
		}
		rows <- sc.Text()
	}
	close(rows)
	return sc.Err()
}

func (l *Loader) insert(rows <-chan string) {
	for range rows { // 32: channel receive; from 19
		l.Loaded.Add(1)
	}
}

// Command gosh runs commands that take longer than their time limit.
package main

import (
	"time"

	"github.com/codeskyblue/go-sh"
)

func main() {
	for range 20 {
		_ = sh.Command("sleep", "5").SetTimeout(time.Millisecond).Run()
	}
	finish("go-sh.Go")
}

package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// finish writes the profile of the process to the file in the first argument, and prints how many goroutines have a function of this name
// in their stack, after those that only take long have had the time to end.
func finish(function string) {
	time.Sleep(500 * time.Millisecond)
	buffer := make([]byte, 8<<20)
	stacks := strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n")
	left := 0
	for _, stack := range stacks {
		frames, _, _ := strings.Cut(stack, "\ncreated by ")
		if strings.Contains(frames, function) {
			left++
		}
	}
	out, err := os.Create(os.Args[1])
	if err == nil {
		err = pprof.Lookup("goroutine").WriteTo(out, 0)
	}
	if err != nil {
		panic(err)
	}
	fmt.Println("left", left)
	os.Exit(0)
}

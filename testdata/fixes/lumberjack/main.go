// Command lumberjack opens and closes log files.
package main

import (
	"os"
	"path/filepath"
	"strconv"

	"gopkg.in/natefinch/lumberjack.v2"
)

func main() {
	folder, err := os.MkdirTemp("", "lumberjack")
	if err != nil {
		panic(err)
	}
	for i := range 20 {
		log := &lumberjack.Logger{Filename: filepath.Join(folder, strconv.Itoa(i)), MaxBackups: 1}
		if _, err := log.Write([]byte("x\n")); err != nil {
			panic(err)
		}
		_ = log.Rotate()
		_ = log.Close()
	}
	_ = os.RemoveAll(folder)
	finish("(*Logger).millRun")
}

package load

import "os"

func both(a, b string) (string, error) {
	ch := make(chan string)
	go func() {
		ch <- read(a) // 5: channel send; from 7
	}()
	second, err := os.ReadFile(b)
	if err != nil {
		return "", err
	}
	return <-ch + string(second), nil
}

func read(name string) string { return name }

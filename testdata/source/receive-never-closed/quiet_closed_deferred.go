package copy

import "os"

func load(names []string) error {
	lines := make(chan string)
	defer close(lines)
	go func() {
		for l := range lines { // 5: channel receive; from 8
			use(l)
		}
	}()
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			return err
		}
		lines <- string(text)
	}
	return nil
}

func use(string) {}

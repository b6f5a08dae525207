package work

func Run(stop <-chan struct{}) {
	go func() {
		<-stop // 4: channel receive; from 4
	}()
}

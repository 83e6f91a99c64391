package webhook

import "testing"

func TestGarbageIsAllowedByWhatIsInUse(t *testing.T) {
	for live, want := range map[uint64]int{0: 1200, 4 << 20: 300, 8 << 20: 140, 24 << 20: 40, 400 << 20: 40} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d MiB in use: %d percent, want %d", live>>20, got, want)
		}
	}
}

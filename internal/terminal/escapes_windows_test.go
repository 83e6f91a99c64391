package terminal

import (
	"os"
	"testing"

	"golang.org/x/sys/windows"
)

func TestConsoleTakesTheColoursThatItGets(t *testing.T) {
	console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no console to be had: ", err)
	}
	defer console.Close()
	h := windows.Handle(console.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		t.Fatal(err)
	}
	defer windows.SetConsoleMode(h, mode)
	if err := windows.SetConsoleMode(h, mode&^windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "")
	coloured := Of(console)
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		t.Fatal(err)
	}
	if takes := mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0; bool(coloured) != takes || !takes {
		t.Errorf("it is coloured: %v; the console takes escape sequences: %v", coloured, takes)
	}
}

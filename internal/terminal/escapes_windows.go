package terminal

import "golang.org/x/sys/windows"

// escapes has a console take escape sequences for what they are; by itself it prints them. It says whether it does.
func escapes(fd uintptr) bool {
	console := windows.Handle(fd)
	var mode uint32
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

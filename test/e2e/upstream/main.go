// Command upstream answers each request with the status that its path names: /404, or 200 for any other path.
package main

import (
	"fmt"
	"log"
	"net/http"
	"path"
	"strconv"
)

func main() {
	log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, err := strconv.Atoi(path.Base(r.URL.Path)); err == nil && status >= 200 && status < 600 {
			w.WriteHeader(status)
		}
		fmt.Fprintln(w, r.Method, r.URL.Path)
	})))
}

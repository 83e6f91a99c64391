package added

import (
	"reflect"
	"strings"
	"testing"
)

func TestRecordReadsAsItWasWritten(t *testing.T) {
	r := Record{Spec: "0a0b0c0d", Entries: []Entry{
		{Pointer: Pointer, Created: 1, Void: ptr("  { } ")},
		{Hash: "11111111", Pointer: "/spec/a~1b", Created: 1},
		{Hash: "22222222", Pointer: "/spec/routes/0/options/list/3/x"},
		{Hash: "22222222", Pointer: "/spec/routes/12/options/list/4/x"},
		{Hash: "33333333", Pointer: "/spec/routes/0/y"},
		{Hash: "44444444", Pointer: "/spec/routes/12/y"},
		{Hash: "22222222", Pointer: "/spec/routes/-", Void: ptr("")},
		{Hash: "22222222", Pointer: "/spec/routes/-", Void: ptr("")},
		{Hash: "33333333", Pointer: "/spec/routes/-", Void: ptr("")},
	}}
	const start = "v1 0a0b0c0d :1:=++%7B+%7D+ 11111111:1:/spec/a~1b 22222222:0:/spec/routes/*/options/list/*/x@0.3,12.4 "
	const want = start + "33333333,44444444:0:/spec/routes/*/y@0,12 22222222,22222222,33333333:0:/spec/routes/-="
	if got := r.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, text := range []string{want,
		start + "33333333:0:/spec/routes/*/y@0 44444444:0:/spec/routes/*/y@12 22222222:0:/spec/routes/-= 22222222:0:/spec/routes/-= 33333333:0:/spec/routes/-="} {
		if got, err := Parse(text); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestForgedRecordTakesLittleMemory(t *testing.T) {
	for name, text := range map[string]string{
		"too long": "v1 - 11111111:0:/spec/" + strings.Repeat("x", maxLength),
		"each of many indexes unpacks a long pointer": "v1 - 11111111:0:/spec/" + strings.Repeat("x", maxLength/2-64) + "/*@0" + strings.Repeat(",0", maxLength/4-64),
	} {
		bytes := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err == nil {
					b.Fatalf("%s: it is read", name)
				}
			}
		}).AllocedBytesPerOp()
		if most := int64(8 * maxUnpacked); bytes == 0 || bytes > most {
			t.Errorf("%s: reading it takes %d bytes, want some, and at most %d", name, bytes, most)
		}
	}
}

func TestBadRecordIsRefused(t *testing.T) {
	for _, text := range []string{"", "v1", "v2 - 11111111:0:/spec", "v1 - :0:/spec", "v1 - 11111111:0:", "v1 - 11111111:0:spec", "v1 - 11111111:-1:/spec",
		"v1 - 11111111:1:/spec", "v1 - 11111111:0:/a/*/b", "v1 - 11111111:0:/a/*/b@1.2", "v1 - 11111111:0:/a/*/b@01", "v1 - 11111111:0:/a/*/b@x",
		"v1 - 11111111,22222222:0:/a/*/b@1", "v1 - 11111111,22222222:0:/a/*/b@1,2,3", "v1 - 11111111,:0:/a/*/b@1,2", "v1 - ,:0:/a",
		"v1 - 11111111:3:/a/*/b/c/d@1", "v1 - 11111111:0:/a=rm", "v1 - 11111111:0:/a=%zz", "v1 - 11111111"} {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q is taken for %v", text, r)
		}
	}
}

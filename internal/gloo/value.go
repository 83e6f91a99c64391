package gloo

import (
	"strconv"

	"github.com/tidwall/gjson"
)

// Value is a JSON value of an object together with its path. It is read lazily
// from the raw document: asking a value for a child that does not exist, or
// that cannot exist because the value is no map, gives a Value that does not
// exist but knows its path, so that a view never has to check on the way down.
type Value struct {
	Path *Path
	json gjson.Result
}

// Exists tells whether the value is in the document. A null counts as absent,
// as it does for Gloo and for the API server.
func (v Value) Exists() bool { return v.json.Exists() && v.json.Type != gjson.Null }

// IsMap tells whether the value is a JSON object.
func (v Value) IsMap() bool { return v.json.IsObject() }

// IsList tells whether the value is a JSON array.
func (v Value) IsList() bool { return v.json.IsArray() }

// Child is the value of a field, further ones below it. Names are Gloo's
// field names: letters and digits.
func (v Value) Child(names ...string) Value {
	for _, n := range names {
		next := Value{Path: v.Path.Child(n)}
		if v.json.IsObject() {
			next.json = v.json.Get(n)
		}
		v = next
	}
	return v
}

// Items are the items of a list; none if the value is no list.
func (v Value) Items() []Value {
	if !v.json.IsArray() {
		return nil
	}
	var items []Value
	v.json.ForEach(func(_, item gjson.Result) bool {
		items = append(items, Value{Path: v.Path.Index(len(items)), json: item})
		return true
	})
	return items
}

// Fields calls visit with each field of a map in the document's order.
func (v Value) Fields(visit func(name string, field Value)) {
	if !v.json.IsObject() {
		return
	}
	v.json.ForEach(func(name, field gjson.Result) bool {
		visit(name.Str, Value{Path: v.Path.Child(name.Str), json: field})
		return true
	})
}

// Text is the value of a string; empty for anything else.
func (v Value) Text() string {
	if v.json.Type != gjson.String {
		return ""
	}
	return v.json.Str
}

// IsEmptyText tells whether the value is a string of no characters.
func (v Value) IsEmptyText() bool { return v.json.Type == gjson.String && v.json.Str == "" }

// IsOtherThanText tells whether there is something and it is no string.
func (v Value) IsOtherThanText() bool { return v.Exists() && v.json.Type != gjson.String }

// Bool is the value of a boolean and whether it is one.
func (v Value) Bool() (value, ok bool) {
	return v.json.Type == gjson.True, v.json.IsBool()
}

// Number is the value of a number and whether it is one. As Gloo's API does, it
// takes a number written as a string.
func (v Value) Number() (float64, bool) {
	switch v.json.Type {
	case gjson.Number:
		return v.json.Num, true
	case gjson.String:
		f, err := strconv.ParseFloat(v.json.Str, 64)
		return f, err == nil
	default:
		return 0, false
	}
}

// Texts are the strings of a map of strings, such as labels.
func (v Value) Texts() map[string]string {
	var texts map[string]string
	v.Fields(func(name string, field Value) {
		if field.json.Type != gjson.String {
			return
		}
		if texts == nil {
			texts = map[string]string{}
		}
		texts[name] = field.json.Str
	})
	return texts
}

// Raw is the value as it stands in the document.
func (v Value) Raw() string { return v.json.Raw }

package inja

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkLiteral tells what is wrong with a JSON literal. It is stricter than
// encoding/json, as nlohmann/json is: UTF-8 has to be valid, surrogates have to
// come in pairs, and a number has to fit a float.
func checkLiteral(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("it is not valid UTF-8")
	}
	if !json.Valid([]byte(text)) {
		var value any
		err := json.Unmarshal([]byte(text), &value)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return errors.New(syntax.Error())
		}
		return errors.New("it is not valid JSON")
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			end, err := checkString(text, i)
			if err != nil {
				return err
			}
			i = end
		case c == '-' || digit(c):
			end := i + 1
			for end < len(text) && strings.IndexByte("0123456789.eE+-", text[end]) >= 0 {
				end++
			}
			if f, _ := strconv.ParseFloat(text[i:end], 64); math.IsInf(f, 0) {
				return errors.New("a number is too large")
			}
			i = end
		default:
			i++
		}
	}
	return nil
}

// checkString checks the escapes of the string that begins at a quote, and
// returns where it ends.
func checkString(text string, i int) (end int, err error) {
	for i++; text[i] != '"'; i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		first := codeUnit(text[i:])
		i += 4
		switch {
		case first < 0xD800 || first > 0xDFFF:
			continue
		case first >= 0xDC00 || !strings.HasPrefix(text[i+1:], `\u`):
			return 0, errors.New("a string has half of a surrogate pair")
		}
		i += 2
		if second := codeUnit(text[i:]); second < 0xDC00 || second > 0xDFFF {
			return 0, errors.New("a string has half of a surrogate pair")
		}
		i += 4
	}
	return i + 1, nil
}

// codeUnit is the number in an escape u0000, which is known to have one.
func codeUnit(escape string) uint64 {
	n, _ := strconv.ParseUint(escape[1:5], 16, 32)
	return n
}

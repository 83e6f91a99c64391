package main

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/glootrace/glootrace/internal/finding"
)

// The parts of SARIF 2.1.0 that glootrace fills in:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules,omitempty"`
}

type sarifRule struct {
	ID               string             `json:"id"`
	ShortDescription sarifMessage       `json:"shortDescription"`
	FullDescription  sarifMessage       `json:"fullDescription"`
	Help             sarifMessage       `json:"help"`
	HelpURI          string             `json:"helpUri"`
	Default          sarifConfiguration `json:"defaultConfiguration"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical sarifPhysicalLocation  `json:"physicalLocation"`
	Logical  []sarifLogicalLocation `json:"logicalLocations,omitempty"`
}

type sarifPhysicalLocation struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifLogicalLocation struct {
	Name               string `json:"name"`
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// printSARIF prints a report as SARIF 2.1.0, with the rules that found something.
func printSARIF(w io.Writer, r lintReport) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "glootrace", Version: versionString(), InformationURI: "https://github.com/glootrace/glootrace",
		}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: len(r.Unreadable) == 0}},
		Results:     []sarifResult{},
	}
	codes := slices.DeleteFunc(finding.Codes(), func(code string) bool {
		return !slices.ContainsFunc(r.Findings, func(f lintFinding) bool { return f.Rule == code })
	})
	for _, code := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(code))
	}
	for _, f := range r.Findings {
		location := sarifLocationOf(f.File, f.Line)
		location.Logical = []sarifLogicalLocation{{f.Object.Name, strings.TrimSpace(f.name + " " + f.Path), "resource"}}
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Rule, RuleIndex: slices.Index(codes, f.Rule), Level: sarifLevels[f.Severity],
			Message:   sarifMessage{Text: f.name + ": " + f.Message + ". Fix: " + f.Fix},
			Locations: []sarifLocation{location},
		})
	}
	for _, p := range r.Unreadable {
		n := sarifNotification{Level: "error", Message: sarifMessage{Text: p.Message}}
		if p.File != "" {
			n.Locations = []sarifLocation{sarifLocationOf(p.File, p.Line)}
		}
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, n)
	}
	return printJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

var sarifLevels = [...]string{finding.Info: "note", finding.Warning: "warning", finding.Error: "error"}

func sarifRuleOf(code string) sarifRule {
	page := finding.PageOf(code)
	help := page.Why + "\n\nExample:\n\n```" + page.Language + "\n" + page.Example + "```\n"
	return sarifRule{
		ID:               code,
		ShortDescription: sarifMessage{Text: page.Title},
		FullDescription:  sarifMessage{Text: page.Why},
		Help:             sarifMessage{Text: page.Why, Markdown: help},
		HelpURI:          page.Help(),
		Default:          sarifConfiguration{sarifLevels[finding.Worst(code)]},
	}
}

// sarifLocationOf is a line of a file, or a whole file if line is 0. Standard input is one too, by the name that it has
// here: GitHub's code scanning refuses a report in which one location is no file's.
func sarifLocationOf(file string, line int) sarifLocation {
	uri := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		uri.Scheme = "file"
		uri.Path = "/" + strings.TrimPrefix(uri.Path, "/") // also before a drive's letter
	}
	location := sarifLocation{Physical: sarifPhysicalLocation{Artifact: sarifArtifact{uri.String()}}}
	if line > 0 {
		location.Physical.Region = &sarifRegion{line}
	}
	return location
}
